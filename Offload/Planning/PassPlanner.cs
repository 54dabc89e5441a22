using System.Collections.Immutable;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Lowering;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Planning;

/// <summary>
/// Passes for pods that nothing isolates, above a remainder that punts every packet from or to an isolated pod: only a
/// packet with no isolated pod at either end is passed.
/// </summary>
internal sealed class PassPlanner
{
    private readonly NicCapabilities _nic;
    private readonly FlowLowering _lowering;
    private readonly RuleTemplates _templates;
    private readonly RuleFactory _rules;

    /// <param name="nic">The NIC.</param>
    /// <param name="lowering">Its lowering.</param>
    /// <param name="templates">Its templates.</param>
    /// <param name="rules">Makes the rules.</param>
    /// <param name="basis">What any rule needs where rules are in groups; else null.</param>
    internal PassPlanner(
        NicCapabilities nic, FlowLowering lowering, RuleTemplates templates, RuleFactory rules, RuleSet? basis)
    {
        Basis = basis is null ? [] : [basis];
        BasisKeys = basis is null ? [] : [.. basis.Punts.Select(rule => rule.Key)];
        _nic = nic;
        _lowering = lowering;
        _templates = templates;
        _rules = rules;
    }

    /// <summary>Sets that every set of passes and remainders shares.</summary>
    internal ImmutableArray<RuleSet> Basis { get; }

    /// <summary>Keys of the rules in <see cref="Basis"/>.</summary>
    internal ImmutableArray<RuleKey> BasisKeys { get; }

    /// <summary>All remainders of a family with all its passes, where there is room for both families.</summary>
    /// <param name="endpoints">Local pods in plan order.</param>
    /// <param name="full">Why there is no room, or null: passes save the least, so they are all in or all out.</param>
    /// <param name="punts">Takes the open pods that are not passed.</param>
    internal List<PlannedRule> Rules(
        ImmutableArray<LocalEndpoint> endpoints, PlanFailure? full, List<PuntedRegion> punts)
    {
        List<PlannedRule> rules = [];
        foreach (IpFamily family in (IpFamily[])[IpFamily.V4, IpFamily.V6])
        {
            AddFamily(family, endpoints, full, punts, rules);
        }

        return rules;
    }

    /// <summary>The punts without which a packet of an isolated pod could be passed.</summary>
    internal IEnumerable<PlannedRule> RemaindersOf(LocalEndpoint endpoint, IpAddr addr) =>
        RulesOf(endpoint, addr, _templates.Remainder!, RuleVerdict.Punt, []);

    /// <summary>The passes of an open pod.</summary>
    internal IEnumerable<PlannedRule> PassesOf(LocalEndpoint endpoint, IpAddr addr, ImmutableArray<RuleKey> dependsOn) =>
        RulesOf(endpoint, addr, _templates.Pass!, RuleVerdict.Pass, dependsOn);

    private void AddFamily(
        IpFamily family,
        ImmutableArray<LocalEndpoint> endpoints,
        PlanFailure? full,
        List<PuntedRegion> punts,
        List<PlannedRule> rules)
    {
        HashSet<IpAddr> isolated = [.. endpoints.Where(e => e.IsIsolated()).SelectMany(e => e.Addresses)];
        List<(LocalEndpoint Endpoint, IpAddr Addr)> open =
        [
            .. endpoints.Where(e => !e.IsIsolated())
                .SelectMany(e => e.Addresses.Where(a => a.Family == family).Order().Select(a => (e, a)))
                .Where(pair => !isolated.Contains(pair.a)),
        ];
        if (open.Count == 0)
        {
            return;
        }

        PlanFailure? failure = Impossible(open[0].Addr) ?? full;
        if (failure is not null)
        {
            punts.AddRange(open.Select(pair => Punt(pair.Endpoint, pair.Addr, failure)));
            return;
        }

        List<PlannedRule> remainders =
        [
            .. endpoints.Where(e => e.IsIsolated()).SelectMany(e => e.Addresses.Where(a => a.Family == family).Order()
                .SelectMany(a => RemaindersOf(e, a))),
        ];
        ImmutableArray<RuleKey> dependsOn = [.. BasisKeys, .. remainders.Select(rule => rule.Key).Distinct()];
        rules.AddRange(Basis.SelectMany(set => set.All));
        rules.AddRange(remainders);
        rules.AddRange(open.SelectMany(pair => PassesOf(pair.Endpoint, pair.Addr, dependsOn)));
    }

    private IEnumerable<PlannedRule> RulesOf(
        LocalEndpoint endpoint,
        IpAddr addr,
        RuleTemplate template,
        RuleVerdict verdict,
        ImmutableArray<RuleKey> dependsOn)
    {
        string pod = UnitContext.NameOf(endpoint);
        return _rules.Rules(To(addr), template, verdict, pod, Direction.Ingress, OriginsOf(endpoint.Ingress), dependsOn)
            .Concat(_rules.Rules(
                From(addr), template, verdict, pod, Direction.Egress, OriginsOf(endpoint.Egress), dependsOn));
    }

    /// <summary>Why the NIC cannot pass, or null; the same for every address of a family.</summary>
    internal PlanFailure? Impossible(IpAddr sample)
    {
        MatchField? missing = _lowering.Lower(To(sample)).Missing ?? _lowering.Lower(From(sample)).Missing;
        return missing is { } field ? PlanFailure.OfField(field, _nic)
            : _templates.Pass is not null ? null
            : _templates.Groups is null && _nic.Priorities.Value < RuleClasses.ForPass ? new PlanFailure(
                PuntReason.PrioritiesUnsupported,
                null,
                $"{_nic.Name}: {_nic.Priorities.Value} priorities, {_nic.Priorities.Source}")
            : new PlanFailure(
                PuntReason.ActionUnsupported,
                null,
                $"{_nic.Name}: marking or delivering is {NicCapabilities.NotListed}");
    }

    private static PuntedRegion Punt(LocalEndpoint endpoint, IpAddr addr, PlanFailure failure) => new(
        UnitContext.NameOf(endpoint),
        Direction.Ingress,
        $"all traffic of the open pod {addr}",
        failure.Reason,
        failure.FieldName,
        [],
        failure.Fact);

    private static FlowMatch To(IpAddr addr) =>
        new(addr.Family, IpPrefix.Everything(addr.Family), IpPrefix.Host(addr));

    private static FlowMatch From(IpAddr addr) =>
        new(addr.Family, IpPrefix.Host(addr), IpPrefix.Everything(addr.Family));

    private static ImmutableArray<RuleOrigin> OriginsOf(EndpointDirection direction) => direction.IsolatedBy;
}
