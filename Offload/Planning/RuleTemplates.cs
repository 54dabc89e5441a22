using System.Collections.Immutable;
using Dpdk.Flow;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning.Groups;

namespace NetPolNic.Offload.Planning;

/// <summary>Attributes and actions of each class of rules on one NIC.</summary>
internal sealed class RuleTemplates
{
    /// <summary>The mark of a pass: a hint that the fallback verifies against its own snapshot.</summary>
    internal const uint PassMark = 1;

    private readonly NicCapabilities _nic;
    private readonly ImmutableArray<FlowAction> _count;

    internal RuleTemplates(NicCapabilities nic, PlanOptions options)
    {
        _nic = nic;
        _count = options.Count && nic.Has(NicAction.Count) ? [new CountAction()] : [];
        FlowAction? deliver = Deliver(nic, options.Queues);
        int priorities = nic.Priorities.Value;
        Drop = nic.Has(NicAction.Drop)
            ? Template(priorities >= RuleClass.ForCovers ? RuleClass.Drop : 0, new DropAction())
            : null;
        Groups = GroupTemplates.For(nic, _count, deliver);
        if (deliver is null)
        {
            return;
        }

        if (Groups is not null)
        {
            Cover = Groups.Deliver(GroupLayout.Ingress, GroupLayout.First);
            if (nic.Has(NicAction.Mark))
            {
                Remainder = Groups.Deliver(GroupLayout.Ingress, GroupLayout.Last);
                Pass = Groups.Pass(GroupLayout.Ingress, GroupLayout.Pass);
            }

            return;
        }

        Cover = priorities >= RuleClass.ForCovers ? Template(RuleClass.Cover, deliver) : null;
        if (priorities >= RuleClass.ForPass && nic.Has(NicAction.Mark))
        {
            Remainder = Template(RuleClass.Remainder, deliver);
            Pass = Template(RuleClass.Pass, new MarkAction(PassMark), deliver);
        }
    }

    /// <summary>What rules in groups look like; null where the NIC's rules are flat.</summary>
    internal GroupTemplates? Groups { get; }

    /// <summary>Null where the NIC cannot drop.</summary>
    internal RuleTemplate? Drop { get; }

    /// <summary>Null where the NIC cannot punt by a rule stronger than a drop.</summary>
    internal RuleTemplate? Cover { get; }

    /// <summary>Null where the NIC cannot pass.</summary>
    internal RuleTemplate? Remainder { get; }

    /// <summary>Null where the NIC cannot pass.</summary>
    internal RuleTemplate? Pass { get; }

    private RuleTemplate Template(int ruleClass, params ReadOnlySpan<FlowAction> actions)
    {
        int priority = _nic.PrioritiesReversed ? _nic.Priorities.Value - 1 - ruleClass : ruleClass;
        return new RuleTemplate(new FlowAttr(Priority: (uint)(_nic.FirstPriority + priority)), [.. _count, .. actions]);
    }

    private static FlowAction? Deliver(NicCapabilities nic, ImmutableArray<ushort> queues)
    {
        bool canQueue = nic.Has(NicAction.Queue);
        bool canRss = nic.Has(NicAction.Rss);
        return queues.Length switch
        {
            1 when canQueue => new QueueAction(queues[0]),
            _ when canRss => new RssAction(queues),
            _ when canQueue => new QueueAction(queues[0]),
            _ => null,
        };
    }
}
