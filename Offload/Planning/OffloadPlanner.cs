using System.Collections.Immutable;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Lowering;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Planning;

/// <summary>
/// Resolved policy and a NIC's capabilities → rules for the NIC, and the reasons for whatever is left to the fallback.
/// A pure function: no clock, no history, no dependence on the order of the snapshot's lists.
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
        if (options.Queues.IsDefaultOrEmpty)
        {
            throw new ArgumentException("at least one rx queue is needed", nameof(options));
        }

        RuleTemplates templates = new(nic, options);
        FlowLowering lowering = new(nic);
        RuleFactory rules = new(lowering, templates);
        UnitPlanner planner = new(nic, lowering, templates, options);
        ImmutableArray<LocalEndpoint> endpoints =
        [
            .. snapshot.Endpoints.OrderBy(e => e.Namespace, StringComparer.Ordinal)
                .ThenBy(e => e.Name, StringComparer.Ordinal).ThenBy(e => e.Uid, StringComparer.Ordinal),
        ];

        List<PuntedRegion> punts = [];
        List<RuleSet> sets = [];
        foreach (UnitContext unit in UnitsOf(endpoints, punts))
        {
            UnitPlan plan = planner.Plan(unit);
            punts.AddRange(plan.Punts);
            sets.Add(rules.Of(plan));
        }

        TableBudget budget = new(nic.TableSize.Value);
        foreach (RuleSet left in budget.Place(sets))
        {
            punts.Add(new PuntedRegion(
                left.Pod,
                left.Direction,
                $"everything: its {left.Count} rules do not fit",
                PuntReason.TableFull,
                string.Empty,
                [],
                $"{nic.Name}: {nic.TableSize.Value} rules, {nic.TableSize.Source}"));
        }

        List<PlannedRule> passes = new PassPlanner(nic, lowering, templates, rules).Place(endpoints, budget, punts);
        return new OffloadPlan(
            InOrder(sets.SelectMany(set => set.All).Concat(passes), budget, templates),
            [.. punts.OrderBy(p => p.Pod, StringComparer.Ordinal).ThenBy(p => p.Direction)],
            templates.Cover,
            templates.Remainder);
    }

    private static IEnumerable<UnitContext> UnitsOf(ImmutableArray<LocalEndpoint> endpoints, List<PuntedRegion> punts)
    {
        ILookup<IpAddr, LocalEndpoint> owners = endpoints
            .SelectMany(e => e.Addresses.Distinct().Select(a => (Addr: a, Endpoint: e)))
            .ToLookup(pair => pair.Addr, pair => pair.Endpoint);
        ImmutableArray<IpAddr> local = [.. owners.Select(owner => owner.Key).Order()];
        foreach (LocalEndpoint endpoint in endpoints)
        {
            foreach (IpAddr own in endpoint.Addresses.Distinct().Order())
            {
                PeerSet exempt = ExemptOf(endpoint, own, owners);
                ImmutableArray<IpPrefix> exemptPrefixes = [.. exempt.OfFamily(own.Family)];
                ImmutableArray<IpAddr> peers = [.. local.Where(a => a.Family == own.Family && !exempt.Contains(a))];
                foreach (Direction direction in (Direction[])[Direction.Ingress, Direction.Egress])
                {
                    UnitContext unit = new(endpoint, own, direction, exemptPrefixes, peers);
                    if (!unit.New.Set.IsIsolated)
                    {
                        continue;
                    }

                    if (owners[own].Count() > 1)
                    {
                        PuntReport report = new(unit);
                        report.Add(
                            $"everything {unit.FromAny}",
                            new PlanFailure(
                                PuntReason.AddressAmbiguous, null, "several local pods claim the address (S-b17)"));
                        punts.AddRange(report.Regions);
                        continue;
                    }

                    yield return unit;
                }
            }
        }
    }

    // A packet is exempt by either end: the peer may be this pod's node, or this address the peer's (SEMANTICS b12).
    private static PeerSet ExemptOf(
        LocalEndpoint endpoint, IpAddr own, ILookup<IpAddr, LocalEndpoint> owners)
    {
        IEnumerable<IpAddr> exemptedBy = owners
            .Where(owner => owner.Any(other => other.ExemptPeers.Contains(own)))
            .Select(owner => owner.Key);
        return endpoint.ExemptPeers.Union(PeerSet.OfAddresses(exemptedBy.Append(own)));
    }

    private static ImmutableArray<PlannedRule> InOrder(
        IEnumerable<PlannedRule> rules, TableBudget budget, RuleTemplates templates)
    {
        uint?[] classes =
        [
            templates.Cover?.Attr.Priority, templates.Drop?.Attr.Priority, templates.Remainder?.Attr.Priority,
            templates.Pass?.Attr.Priority,
        ];
        HashSet<RuleKey> seen = [];
        return
        [
            .. rules.Where(rule => budget.IsPlaced(rule.Key) && seen.Add(rule.Key))
                .Select(rule => budget[rule.Key])
                .OrderBy(rule => Array.IndexOf(classes, rule.Spec.Attr.Priority)),
        ];
    }
}
