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

        List<PlannedRule> covers = [];
        List<PlannedRule> replies = [];
        foreach ((FlowMatch match, ImmutableArray<RuleOrigin> origins) in plan.Covers)
        {
            (List<PlannedRule> rules, RuleTemplate template) =
                match.ExceptBareSyn ? (replies, _templates.Replies!) : (covers, _templates.Cover!);
            rules.AddRange(Rules(match, template, RuleVerdict.Punt, unit.Pod, unit.Direction, origins, []));
        }

        ImmutableArray<RuleKey> coverKeys = [.. covers.Select(cover => cover.Key)];
        covers.AddRange(replies);
        ImmutableArray<RuleKey> keys = [.. covers.Select(cover => cover.Key)];
        ImmutableArray<PlannedRule> drops =
        [
            .. SynsOf(plan, replies.Count > 0).SelectMany(drop => Rules(
                drop, _templates.Syn!, RuleVerdict.Drop, unit.Pod, unit.Direction, unit.New.IsolatedBy, coverKeys)),
            .. plan.Drops.Where(drop => _templates.Syn is null || drop.TcpFlagsMask == 0).SelectMany(drop => Rules(
                drop, _templates.Drop!, RuleVerdict.Drop, unit.Pod, unit.Direction, unit.New.IsolatedBy, keys)),
        ];
        return new RuleSet(unit.Pod, unit.Direction, [.. covers], drops);
    }

    // Covers of replies take no account of bare SYNs: those are dropped above them, also where the rest of TCP is dropped below.
    private IEnumerable<FlowMatch> SynsOf(UnitPlan plan, bool replies) => _templates.Syn is null
        ? []
        : plan.Drops.Where(drop => drop.Proto == (byte)L4Proto.Tcp && (replies || drop.TcpFlagsMask != 0))
            .Select(drop => drop with
            {
                ProtoBy = ProtoBy.L4,
                NotFragment = true,
                TcpFlagsSpec = FlowMatch.BareSyn,
                TcpFlagsMask = FlowMatch.SynMask,
            });

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
