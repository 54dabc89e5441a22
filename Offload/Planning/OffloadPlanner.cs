using System.Collections.Immutable;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Planning;

/// <summary>
/// Resolved policy and a NIC's capabilities → rules for the NIC, and the reasons for whatever is left to the fallback.
/// A pure function: no clock, no history, no dependence on the order of the snapshot's lists. It defines what
/// <see cref="IncrementalPlanner"/> says after any sequence of snapshots.
/// </summary>
public static class OffloadPlanner
{
    /// <summary>Plans a whole snapshot.</summary>
    /// <param name="snapshot">Resolved policy of the node.</param>
    /// <param name="nic">What the NIC can do.</param>
    /// <param name="options">What the plan shall look like.</param>
    /// <exception cref="ArgumentException">The options name no queue.</exception>
    public static OffloadPlan Plan(PolicySnapshot snapshot, NicCapabilities nic, PlanOptions options)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        ArgumentNullException.ThrowIfNull(nic);
        ArgumentNullException.ThrowIfNull(options);
        EndpointPlanner planner = new(nic, options);
        LocalAddresses local = new(snapshot.Endpoints);
        ImmutableArray<LocalEndpoint> endpoints = PlanAssembly.InOrder(snapshot.Endpoints);
        return planner.Assembly.Assemble([.. endpoints.Select(endpoint => planner.Plan(endpoint, local))]);
    }
}
