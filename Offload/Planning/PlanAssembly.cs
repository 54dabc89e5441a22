using System.Collections.Immutable;
using System.Runtime.InteropServices;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning.Budget;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Planning;

/// <summary>Puts the plans of all local pods together: within the table's size, with passes, in order.</summary>
internal sealed class PlanAssembly
{
    private NicCapabilities _nic;
    private readonly RuleTemplates _templates;
    private readonly PassPlanner _passes;

    internal PlanAssembly(NicCapabilities nic, RuleTemplates templates, PassPlanner passes)
    {
        _nic = nic;
        _templates = templates;
        _passes = passes;
    }

    /// <summary>No more rules fit than so many.</summary>
    internal void LearnTableSize(int rules) => _nic = _nic.LearnTableSize(rules);

    /// <summary>Pods in plan order: by namespace, name, UID, whatever order the snapshot has them in.</summary>
    internal static ImmutableArray<LocalEndpoint> InOrder(ImmutableArray<LocalEndpoint> endpoints) =>
    [
        .. endpoints.OrderBy(e => e.Namespace, StringComparer.Ordinal)
            .ThenBy(e => e.Name, StringComparer.Ordinal).ThenBy(e => e.Uid, StringComparer.Ordinal),
    ];

    /// <summary>The whole plan.</summary>
    /// <param name="plans">One per pod, in plan order.</param>
    /// <param name="choice">What of it is in the table.</param>
    internal OffloadPlan Assemble(ImmutableArray<EndpointPlan> plans, PlanChoice choice)
    {
        List<PuntedRegion> punts = [.. plans.SelectMany(plan => plan.Punts)];
        ILookup<bool, RuleSet> sets = plans.SelectMany(plan => plan.Sets).ToLookup(choice.Has);
        punts.AddRange(sets[false].Select(set => LeftOutText.Region(set, choice, _nic)));
        List<RuleSet> placed = [.. sets[true], .. choice.Pairs.Select(pair => pair.Set)];
        PlanFailure? full = choice.WithPasses ? null : new PlanFailure(
            PuntReason.TableFull,
            null,
            $"{_nic.Name}: {_nic.TableSize.Value} rules, {_nic.TableSize.Source}; passes come after all drops");

        // What is shared comes first: no set needs a rule of a later one.
        List<PlannedRule> rules =
        [
            .. new HashSet<RuleSet>(placed.SelectMany(set => set.Shared), ReferenceEqualityComparer.Instance)
                .SelectMany(shared => shared.All),
            .. placed.SelectMany(set => set.Unshared),
            .. _passes.Rules([.. plans.Select(plan => plan.Endpoint)], full, punts),
        ];
        return new OffloadPlan(
            RulesInOrder(rules),
            [.. punts.OrderBy(p => p.Pod, StringComparer.Ordinal).ThenBy(p => p.Direction)],
            _templates.Cover,
            _templates.Remainder)
        {
            GroupPunts = _templates.Groups is { } groups ? groups.PuntIn : null,
        };
    }

    private ImmutableArray<PlannedRule> RulesInOrder(List<PlannedRule> rules)
    {
        uint?[] classes =
        [
            _templates.Cover?.Attr.Priority, _templates.Replies?.Attr.Priority, _templates.Syn?.Attr.Priority,
            _templates.Drop?.Attr.Priority, _templates.Remainder?.Attr.Priority,
            _templates.Pass?.Attr.Priority,
        ];
        Dictionary<RuleKey, PlannedRule> merged = [];
        foreach (PlannedRule rule in rules)
        {
            ref PlannedRule? known = ref CollectionsMarshal.GetValueRefOrAddDefault(merged, rule.Key, out _);
            known = known?.MergedWith(rule) ?? rule;
        }

        HashSet<RuleKey> seen = [];

        // In groups each set is in order already.
        bool inGroups = _templates.Groups is not null;
        return
        [
            .. rules.Where(rule => seen.Add(rule.Key)).Select(rule => merged[rule.Key])
                .OrderBy(rule => inGroups ? 0 : Array.IndexOf(classes, rule.Spec.Attr.Priority)),
        ];
    }
}
