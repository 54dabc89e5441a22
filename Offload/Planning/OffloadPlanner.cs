using System.Collections.Immutable;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning.Budget;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Planning;

/// <summary>
/// Resolved policy and a NIC's capabilities → rules for the NIC, and the reasons for whatever is left to the fallback.
/// A pure function: no clock, no history, no dependence on the order of the snapshot's lists. It defines what
/// <see cref="IncrementalPlanner"/> says after any sequence of snapshots; where not all rules fit, given what is in the table.
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
        TableChoice table = new(nic.TableSize.Value, BudgetOptions.Default);
        EndpointPlanner planner = new(nic, options);
        ImmutableArray<EndpointPlan> plans = PlansOf(snapshot, planner);
        foreach (RuleSet set in plans.SelectMany(plan => plan.Sets))
        {
            table.Add(set);
        }

        foreach (IpFamily family in (IpFamily[])[IpFamily.V4, IpFamily.V6])
        {
            new FamilyPasses(family, planner.Passes, table).Update(snapshot.Endpoints, [], [.. snapshot.Endpoints]);
        }

        table.Settle(PairSource.None, ImmutableHashSet<IpAddr>.Empty);
        return planner.Assembly.Assemble(plans, table.Choice);
    }

    /// <summary>The plan of a snapshot, given what is in the table.</summary>
    internal static OffloadPlan PlanWith(
        PolicySnapshot snapshot, NicCapabilities nic, PlanOptions options, PlanChoice choice)
    {
        EndpointPlanner planner = new(nic, options);
        return planner.Assembly.Assemble(PlansOf(snapshot, planner), choice);
    }

    private static ImmutableArray<EndpointPlan> PlansOf(PolicySnapshot snapshot, EndpointPlanner planner)
    {
        LocalAddresses local = new(snapshot.Endpoints);
        return [.. PlanAssembly.InOrder(snapshot.Endpoints).Select(endpoint => planner.Plan(endpoint, local))];
    }
}
