using System.Collections.Immutable;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Lowering;
using NetPolNic.Offload.Planning.Budget;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Planning;

/// <summary>Plans one local pod: every address, in every direction that is isolated.</summary>
internal sealed class EndpointPlanner
{
    private static readonly Direction[] s_directions = [Direction.Ingress, Direction.Egress];

    private readonly UnitPlanner _units;
    private readonly RuleFactory _rules;

    /// <exception cref="ArgumentException">The options name no queue.</exception>
    internal EndpointPlanner(NicCapabilities nic, PlanOptions options)
    {
        if (options.Queues.IsDefaultOrEmpty)
        {
            throw new ArgumentException("at least one rx queue is needed", nameof(options));
        }

        Templates = new RuleTemplates(nic, options);
        FlowLowering lowering = new(nic);
        _rules = new RuleFactory(lowering, Templates);
        _units = new UnitPlanner(nic, lowering, Templates, options);
        Passes = new PassPlanner(nic, lowering, Templates, _rules);
        Pairs = new PairPlanner(lowering, Templates, _rules, options);
        Assembly = new PlanAssembly(nic, Templates, Passes);
    }

    internal RuleTemplates Templates { get; }

    internal PassPlanner Passes { get; }

    /// <summary>For tables that are too small.</summary>
    internal PairPlanner Pairs { get; }

    internal PlanAssembly Assembly { get; }

    /// <summary>Plans a pod.</summary>
    /// <param name="endpoint">The pod.</param>
    /// <param name="local">The addresses of all local pods, this one included.</param>
    internal EndpointPlan Plan(LocalEndpoint endpoint, LocalAddresses local)
    {
        ImmutableArray<RuleSet>.Builder sets = ImmutableArray.CreateBuilder<RuleSet>();
        ImmutableArray<PuntedRegion>.Builder punts = ImmutableArray.CreateBuilder<PuntedRegion>();
        bool usesLocal = false;
        foreach (IpAddr own in endpoint.IsIsolated() ? LocalAddresses.OwnOf(endpoint) : [])
        {
            ImmutableArray<IpPrefix> exempt = [.. local.ExemptOf(endpoint, own).OfFamily(own.Family)];
            foreach (Direction direction in s_directions)
            {
                UnitContext unit = new(endpoint, own, direction, exempt, local.All);
                if (!unit.New.Set.IsIsolated)
                {
                    continue;
                }

                if (local.IsAmbiguous(own))
                {
                    punts.Add(Ambiguous(unit));
                    continue;
                }

                UnitPlan plan = _units.Plan(unit);
                punts.AddRange(plan.Punts);
                usesLocal |= plan.UsesLocalAddresses;
                if (_rules.Of(plan) is { Count: > 0 } set)
                {
                    sets.Add(set with { Own = own });
                }
            }
        }

        return new EndpointPlan(endpoint, sets.DrainToImmutable(), punts.DrainToImmutable(), usesLocal);
    }

    private static PuntedRegion Ambiguous(UnitContext unit)
    {
        PuntReport report = new(unit);
        report.Add(
            $"everything {unit.FromAny}",
            new PlanFailure(PuntReason.AddressAmbiguous, null, "several local pods claim the address (S-b17)"));
        return report.Regions[0];
    }
}
