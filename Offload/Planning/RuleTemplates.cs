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

    private static readonly RuleClass[] s_withoutReplies =
        [RuleClass.Cover, RuleClass.Drop, RuleClass.Remainder, RuleClass.Pass];

    private readonly NicCapabilities _nic;
    private readonly RuleClass[] _classes;
    private readonly ImmutableArray<FlowAction> _count;

    internal RuleTemplates(NicCapabilities nic, PlanOptions options)
    {
        _nic = nic;
        _count = options.Count && nic.Has(NicAction.Count) ? [new CountAction()] : [];
        FlowAction? deliver = Deliver(nic, options.Queues);
        int priorities = nic.Priorities.Value;
        bool replies = priorities >= RuleClasses.ForReplies && nic.KindOf(MatchField.TcpFlags) >= MaskKind.Any;
        _classes = replies ? Enum.GetValues<RuleClass>()
            : priorities >= RuleClasses.ForCovers ? s_withoutReplies
            : [RuleClass.Drop];
        if (nic.Has(NicAction.Drop))
        {
            Drop = Template(RuleClass.Drop, new DropAction());
            Syn = replies ? Template(RuleClass.Syn, new DropAction()) : null;
        }

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

        Cover = priorities >= RuleClasses.ForCovers ? Template(RuleClass.Cover, deliver) : null;
        Replies = replies ? Template(RuleClass.Replies, deliver) : null;
        if (priorities >= RuleClasses.ForPass && nic.Has(NicAction.Mark))
        {
            Remainder = Template(RuleClass.Remainder, deliver);
            Pass = Template(RuleClass.Pass, new MarkAction(PassMark), deliver);
        }
    }

    /// <summary>What rules in groups look like; null where the NIC's rules are flat.</summary>
    internal GroupTemplates? Groups { get; }

    /// <summary>Null where the NIC cannot drop.</summary>
    internal RuleTemplate? Drop { get; }

    /// <summary>Drops of bare SYNs; null where flat rules have no class of their own for them.</summary>
    internal RuleTemplate? Syn { get; }

    /// <summary>Covers of replies; null where flat rules have no class of their own for them.</summary>
    internal RuleTemplate? Replies { get; }

    /// <summary>Covers of replies may stand below a rule that takes bare SYNs on.</summary>
    internal bool HasReplies => Groups is not null || Replies is not null;

    /// <summary>Null where the NIC cannot punt by a rule stronger than a drop.</summary>
    internal RuleTemplate? Cover { get; }

    /// <summary>Null where the NIC cannot pass.</summary>
    internal RuleTemplate? Remainder { get; }

    /// <summary>Null where the NIC cannot pass.</summary>
    internal RuleTemplate? Pass { get; }

    private RuleTemplate Template(RuleClass ruleClass, params ReadOnlySpan<FlowAction> actions)
    {
        int strongest = Array.IndexOf(_classes, ruleClass);
        int priority = _nic.PrioritiesReversed ? _nic.Priorities.Value - 1 - strongest : strongest;
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
