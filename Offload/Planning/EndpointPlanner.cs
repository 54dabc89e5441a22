using System.Collections.Immutable;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Lowering;
using NetPolNic.Offload.Planning.Budget;
using NetPolNic.Offload.Planning.Groups;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Planning;

/// <summary>Plans one local pod: every address, in every direction that is isolated.</summary>
internal sealed class EndpointPlanner
{
    private static readonly Direction[] s_directions = [Direction.Ingress, Direction.Egress];

    private readonly UnitPlanner _units;
    private readonly RuleFactory _rules;
    private readonly NicCapabilities _nic;
    private readonly SharedContents? _contents;
    private readonly PodRules? _pods;

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
        _nic = nic;
        if (Templates.Groups is { } templates)
        {
            GroupRules groups = new(lowering, templates);
            _pods = new PodRules(groups, templates);
            _contents = new SharedContents(
                new ContentPlanner(_units, lowering), new GroupContents(groups, templates.Limit));
            Passes = new PassPlanner(nic, lowering, Templates, _rules, groups.Base);
            Pairs = new PairPlanner(
                lowering, templates.Drop(GroupLayout.Egress, GroupLayout.First), groups.Base, _rules, options);
        }
        else
        {
            Passes = new PassPlanner(nic, lowering, Templates, _rules, null);
            Pairs = new PairPlanner(lowering, Templates.Drop, null, _rules, options);
        }

        Assembly = new PlanAssembly(nic, Templates, Passes);
    }

    internal RuleTemplates Templates { get; }

    internal PassPlanner Passes { get; }

    /// <summary>For tables that are too small.</summary>
    internal PairPlanner Pairs { get; }

    internal PlanAssembly Assembly { get; }

    /// <summary>
    /// Begins an update. What <paramref name="gone"/> had is free for <paramref name="come"/>; nothing of it may be released again.
    /// </summary>
    internal void Begin(IEnumerable<EndpointPlan> gone, IEnumerable<LocalEndpoint> come)
    {
        if (_contents is null)
        {
            return;
        }

        foreach (EndpointPlan plan in gone)
        {
            Release(plan);
        }

        foreach (LocalEndpoint endpoint in come)
        {
            PeerSet exempt = endpoint.IsIsolated() ? ContentKey.ExemptOf(endpoint) : PeerSet.Empty;
            foreach (UnitContext unit in UnitsOf(endpoint, []))
            {
                _contents.Pin(unit, exempt);
            }
        }

        _contents.Drain();
    }

    /// <summary>Gives back what a plan shares with others.</summary>
    internal void Release(EndpointPlan plan)
    {
        foreach (SharedContent content in plan.Contents)
        {
            _contents!.Release(content);
        }
    }

    /// <summary>Ends an update.</summary>
    internal void Commit() => _contents?.Commit();

    /// <summary>Plans a pod.</summary>
    /// <param name="endpoint">The pod.</param>
    /// <param name="local">The addresses of all local pods, this one included.</param>
    internal EndpointPlan Plan(LocalEndpoint endpoint, LocalAddresses local)
    {
        ImmutableArray<RuleSet>.Builder sets = ImmutableArray.CreateBuilder<RuleSet>();
        List<Func<IEnumerable<PuntedRegion>>> punts = [];
        List<SharedContent> contents = [];
        List<UnitContext> flat = [];
        int puntCount = 0;
        bool usesLocal = false;
        PeerSet ofNode = _contents is null || !endpoint.IsIsolated() ? PeerSet.Empty : ContentKey.ExemptOf(endpoint);
        foreach (UnitContext unit in UnitsOf(endpoint, local.All))
        {
            if (local.IsAmbiguous(unit.Own))
            {
                punts.Add(() => [Ambiguous(unit)]);
                puntCount++;
                continue;
            }

            PeerSet exempt = local.ExemptOf(endpoint, unit.Own);
            if (_contents is not null)
            {
                SharedContent content = _contents.Take(unit, ofNode);
                contents.Add(content);
                puntCount += content.Template.Punts.Length + (content.LacksGroups ? 1 : 0);
                punts.Add(() => content.Template.PuntsOf(unit).Concat(content.LacksGroups ? [OutOfGroups(unit)] : []));
                if (!content.Chain.IsEmpty)
                {
                    RuleSet way = _pods!.Of(
                        unit with { Exempt = [.. exempt.Except(ofNode).OfFamily(unit.Own.Family)] }, content);
                    sets.Add(way with { Own = unit.Own, Drops = content.Chain[0].Rules });
                }

                continue;
            }

            flat.Add(unit with { Exempt = [.. exempt.OfFamily(unit.Own.Family)] });
        }

        foreach (UnitPlan plan in _units.PlanWithin(flat))
        {
            punts.Add(() => plan.Punts);
            puntCount += plan.Punts.Length;
            usesLocal |= plan.UsesLocalAddresses;
            if (_rules.Of(plan) is { Count: > 0 } set)
            {
                sets.Add(set with { Own = plan.Unit.Own, IsPartial = plan.UsesLocalAddresses });
            }
        }

        return new EndpointPlan(
            endpoint, sets.DrainToImmutable(), puntCount, () => [.. punts.SelectMany(some => some())], usesLocal)
        {
            Contents = [.. contents],
            LacksGroups = contents.Exists(content => content.LacksGroups),
        };
    }

    // Without exempt peers: those are known to whoever plans.
    private static IEnumerable<UnitContext> UnitsOf(LocalEndpoint endpoint, ImmutableArray<IpAddr> local)
    {
        foreach (IpAddr own in endpoint.IsIsolated() ? LocalAddresses.OwnOf(endpoint) : [])
        {
            foreach (Direction direction in s_directions)
            {
                UnitContext unit = new(endpoint, own, direction, [], local);
                if (unit.New.Set.IsIsolated)
                {
                    yield return unit;
                }
            }
        }
    }

    private PuntedRegion OutOfGroups(UnitContext unit)
    {
        PuntReport report = new(unit);
        report.Add(
            $"everything {unit.FromAny}: its groups do not fit",
            new PlanFailure(PuntReason.TableFull, null, $"{_nic.Name}: {_nic.Groups.Value} groups, {_nic.Groups.Source}"));
        return report.Regions[0];
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
