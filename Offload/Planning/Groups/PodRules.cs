using System.Collections.Immutable;
using NetPolNic.Offload.Lowering;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Planning.Groups;

/// <summary>
/// The rules that a pod has for itself: what always passes because of its address (SEMANTICS b12, b13), and the way to the
/// groups of its policy.
/// </summary>
internal sealed class PodRules
{
    private readonly GroupRules _rules;
    private readonly GroupTemplates _templates;

    internal PodRules(GroupRules rules, GroupTemplates templates)
    {
        _rules = rules;
        _templates = templates;
    }

    /// <summary>The rules of a unit whose content drops something.</summary>
    internal RuleSet Of(UnitContext unit, SharedContent content)
    {
        Direction direction = unit.Direction;
        bool ingress = direction == Direction.Ingress;
        IpPrefix own = IpPrefix.Host(unit.Own);
        IpPrefix any = IpPrefix.Everything(unit.Own.Family);
        FlowMatch everything = new(unit.Own.Family, any, any);
        List<PlannedRule> punts = [];
        foreach (IpPrefix peer in unit.Exempt)
        {
            if (content.Template.Whole.Any(block => block.Peers.Contains(PeerSet.Of([peer]))))
            {
                continue;
            }

            FlowMatch match = everything with { Src = ingress ? peer : own, Dst = ingress ? own : peer };
            RuleTemplate template = _templates.Deliver(GroupLayout.Egress, GroupLayout.First);
            punts.AddRange(_rules.Lower(match, template, RuleVerdict.Punt, direction, [], [], unit.Pod));
        }

        GroupNode head = content.Head;
        RuleTemplate jump = ingress
            ? _templates.Jump(GroupLayout.Ingress, GroupLayout.Next, head.Number)
            : _templates.Jump(GroupLayout.Egress, GroupLayout.Next, head.Number);
        ImmutableArray<RuleKey> dependsOn =
            [.. _rules.BaseKeys, .. head.Entry, .. punts.Select(punt => punt.Key)];
        ImmutableArray<PlannedRule> verdicts =
        [
            .. _rules.Lower(
                ingress ? everything with { Dst = own } : everything with { Src = own },
                jump,
                RuleVerdict.Drop,
                direction,
                unit.New.IsolatedBy,
                dependsOn,
                unit.Pod),
        ];
        return new RuleSet(unit.Pod, direction, [.. punts], verdicts)
        {
            Shared = [_rules.Base, .. content.Chain.Select(link => link.Rules)],
        };
    }
}
