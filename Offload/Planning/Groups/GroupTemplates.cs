using System.Collections.Immutable;
using Dpdk.Flow;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Policy.Model;

namespace NetPolNic.Offload.Planning.Groups;

/// <summary>Attributes and actions of rules in groups.</summary>
internal sealed class GroupTemplates
{
    private readonly NicCapabilities _nic;
    private readonly ImmutableArray<FlowAction> _count;
    private readonly FlowAction _deliver;

    private GroupTemplates(NicCapabilities nic, ImmutableArray<FlowAction> count, FlowAction deliver)
    {
        _nic = nic;
        _count = count;
        _deliver = deliver;
    }

    /// <summary>Numbers of groups are below this.</summary>
    internal uint Limit => (uint)_nic.Groups.Value;

    /// <summary>The templates, or null where the NIC cannot have all that groups need: then rules are flat.</summary>
    internal static GroupTemplates? For(NicCapabilities nic, ImmutableArray<FlowAction> count, FlowAction? deliver)
    {
        bool able = nic.Has(NicAction.Jump) && nic.Has(NicAction.Drop) && deliver is not null && nic.Has(NicItem.Eth) &&
            nic.Groups.Value >= GroupLayout.FewestGroups && nic.GroupPriorities.Value >= GroupLayout.Priorities &&
            MatchesPeers(nic, NicItem.Ipv4, MatchField.Ipv4Src, MatchField.Ipv4Dst) &&
            MatchesPeers(nic, NicItem.Ipv6, MatchField.Ipv6Src, MatchField.Ipv6Dst);
        return able ? new GroupTemplates(nic, count, deliver!) : null;
    }

    /// <summary>Rules that leave packets to the fallback; in what concerns egress the destination has its say before.</summary>
    internal RuleTemplate Punt(Direction content, uint group, int priority) => content == Direction.Egress
        ? Jump(group, priority, GroupLayout.Ingress)
        : Deliver(group, priority);

    /// <summary>
    /// The reconciler's transient punts. They deliver at once in egress groups too: to leave out what the destination has to
    /// say leaves more to the fallback.
    /// </summary>
    internal RuleTemplate? PuntIn(uint group) =>
        group == GroupLayout.Root ? null : Deliver(group, GroupLayout.Transient);

    internal RuleTemplate Deliver(uint group, int priority) => Template(group, priority, _deliver);

    internal RuleTemplate Jump(uint group, int priority, uint target) =>
        Template(group, priority, new JumpAction(target));

    internal RuleTemplate Drop(uint group, int priority) => Template(group, priority, new DropAction());

    internal RuleTemplate Pass(uint group, int priority) =>
        Template(group, priority, new MarkAction(RuleTemplates.PassMark), _deliver);

    // What is not told apart by address is no traffic of pods and needs no match.
    private static bool MatchesPeers(NicCapabilities nic, NicItem item, MatchField src, MatchField dst) =>
        !nic.Has(item) || (nic.KindOf(src) >= MaskKind.Prefix && nic.KindOf(dst) >= MaskKind.Prefix);

    private RuleTemplate Template(uint group, int priority, params ReadOnlySpan<FlowAction> actions)
    {
        int number = group == GroupLayout.Root
            ? _nic.FirstPriority + (_nic.PrioritiesReversed ? _nic.Priorities.Value - 1 - priority : priority)
            : _nic.PrioritiesReversed ? _nic.GroupPriorities.Value - 1 - priority : priority;
        return new RuleTemplate(new FlowAttr(Group: group, Priority: (uint)number), [.. _count, .. actions]);
    }
}
