using System.Collections.Immutable;
using NetPolNic.Offload.Capabilities;
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

    /// <summary>No more rules fit than so many; later plans keep to that.</summary>
    internal void LearnTableSize(int rules) => _nic = _nic.LearnTableSize(rules);

    /// <summary>Pods in plan order: by namespace, name, UID, whatever order the snapshot has them in.</summary>
    internal static ImmutableArray<LocalEndpoint> InOrder(ImmutableArray<LocalEndpoint> endpoints) =>
    [
        .. endpoints.OrderBy(e => e.Namespace, StringComparer.Ordinal)
            .ThenBy(e => e.Name, StringComparer.Ordinal).ThenBy(e => e.Uid, StringComparer.Ordinal),
    ];

    /// <summary>The whole plan.</summary>
    /// <param name="plans">One per pod, in plan order.</param>
    internal OffloadPlan Assemble(ImmutableArray<EndpointPlan> plans)
    {
        List<PuntedRegion> punts = [.. plans.SelectMany(plan => plan.Punts)];
        List<RuleSet> sets = [.. plans.SelectMany(plan => plan.Sets)];
        TableBudget budget = new(_nic.TableSize.Value);
        foreach (RuleSet left in budget.Place(sets))
        {
            punts.Add(new PuntedRegion(
                left.Pod,
                left.Direction,
                $"everything: its {left.Count} rules do not fit",
                PuntReason.TableFull,
                string.Empty,
                [],
                $"{_nic.Name}: {_nic.TableSize.Value} rules, {_nic.TableSize.Source}"));
        }

        List<PlannedRule> passes = _passes.Place([.. plans.Select(plan => plan.Endpoint)], budget, punts);
        return new OffloadPlan(
            RulesInOrder(
                sets.SelectMany(set => set.Shared).Concat(_passes.Basis).Distinct(ReferenceEqualityComparer.Instance)
                    .SelectMany(shared => ((RuleSet)shared!).All)
                    .Concat(sets.SelectMany(set => set.Punts.Concat(set.Verdicts))).Concat(passes),
                budget),
            [.. punts.OrderBy(p => p.Pod, StringComparer.Ordinal).ThenBy(p => p.Direction)],
            _templates.Cover,
            _templates.Remainder)
        {
            GroupPunts = _templates.Groups is { } groups ? groups.PuntIn : null,
        };
    }

    private ImmutableArray<PlannedRule> RulesInOrder(IEnumerable<PlannedRule> rules, TableBudget budget)
    {
        uint?[] classes =
        [
            _templates.Cover?.Attr.Priority, _templates.Replies?.Attr.Priority, _templates.Syn?.Attr.Priority,
            _templates.Drop?.Attr.Priority, _templates.Remainder?.Attr.Priority,
            _templates.Pass?.Attr.Priority,
        ];
        HashSet<RuleKey> seen = [];

        // In groups each set is in order already, and no set needs a rule of a later one.
        bool inGroups = _templates.Groups is not null;
        return
        [
            .. rules.Where(rule => budget.IsPlaced(rule.Key) && seen.Add(rule.Key))
                .Select(rule => budget[rule.Key])
                .OrderBy(rule => inGroups ? 0 : Array.IndexOf(classes, rule.Spec.Attr.Priority)),
        ];
    }
}
