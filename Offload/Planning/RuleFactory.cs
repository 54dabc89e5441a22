using System.Collections.Immutable;
using Dpdk.Flow;
using NetPolNic.Offload.Lowering;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Planning;

/// <summary>Makes rules of regions, and refuses a drop or a pass whose region is not wholly consumed.</summary>
internal sealed class RuleFactory
{
    private readonly FlowLowering _lowering;
    private readonly RuleTemplates _templates;

    internal RuleFactory(FlowLowering lowering, RuleTemplates templates)
    {
        _lowering = lowering;
        _templates = templates;
    }

    /// <summary>The rules of a unit; none where nothing is dropped.</summary>
    internal RuleSet Of(UnitPlan plan)
    {
        UnitContext unit = plan.Unit;
        if (plan.Drops.IsEmpty)
        {
            return new RuleSet(unit.Pod, unit.Direction, [], []);
        }

        ImmutableArray<PlannedRule> covers = plan.Covers.IsEmpty
            ? []
            : [.. plan.Covers.SelectMany(cover => Rules(
                cover.Match, _templates.Cover!, RuleVerdict.Punt, unit.Pod, unit.Direction, cover.Origins, []))];
        ImmutableArray<RuleKey> keys = [.. covers.Select(cover => cover.Key)];
        ImmutableArray<PlannedRule> drops =
        [
            .. plan.Drops.SelectMany(drop => Rules(
                drop, _templates.Drop!, RuleVerdict.Drop, unit.Pod, unit.Direction, unit.New.IsolatedBy, keys)),
        ];
        return new RuleSet(unit.Pod, unit.Direction, covers, drops);
    }

    /// <summary>The rules of a region.</summary>
    /// <exception cref="InvalidOperationException">
    /// A drop or pass would match more than its region: the planner has to find that out before it asks.
    /// </exception>
    internal IEnumerable<PlannedRule> Rules(
        FlowMatch region,
        RuleTemplate template,
        RuleVerdict verdict,
        string pod,
        Direction direction,
        ImmutableArray<RuleOrigin> origins,
        ImmutableArray<RuleKey> dependsOn)
    {
        LoweringResult lowered = _lowering.Lower(region);
        if (verdict != RuleVerdict.Punt && !lowered.IsExact)
        {
            throw new InvalidOperationException($"{region} is not consumed: {lowered.Missing}");
        }

        foreach (ImmutableArray<FlowItem> pattern in lowered.Patterns)
        {
            FlowSpec spec = template.With(pattern);
            yield return new PlannedRule(RuleKey.Of(spec), spec, verdict, pod, direction, origins, dependsOn);
        }
    }
}
