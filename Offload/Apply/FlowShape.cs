using System.Collections.Immutable;
using Dpdk.Flow;

namespace NetPolNic.Offload.Apply;

/// <summary>What rules of one template table have in common: their place, items, masks and kinds of actions.</summary>
internal static class FlowShape
{
    /// <summary>The rule with every value taken out: equal, item by item, for all rules of its shape.</summary>
    internal static FlowSpec Of(FlowSpec spec)
    {
        ImmutableArray<FlowItem>.Builder pattern = ImmutableArray.CreateBuilder<FlowItem>(spec.Pattern.Length);
        foreach (FlowItem item in spec.Pattern)
        {
            pattern.Add(Of(item));
        }

        ImmutableArray<FlowAction>.Builder actions = ImmutableArray.CreateBuilder<FlowAction>(spec.Actions.Length);
        foreach (FlowAction action in spec.Actions)
        {
            actions.Add(Of(action));
        }

        return new FlowSpec(spec.Attr, pattern.MoveToImmutable(), actions.MoveToImmutable());
    }

    private static FlowItem Of(FlowItem item) => item switch
    {
        EthItem eth => new EthItem(Mask(eth.Src), Mask(eth.Dst), Mask(eth.EtherType)),
        VlanItem vlan => new VlanItem(Mask(vlan.Tci), Mask(vlan.InnerType)),
        Ipv4Item ip => new Ipv4Item(Mask(ip.Src), Mask(ip.Dst), Mask(ip.Proto), Mask(ip.FragmentOffset)),
        Ipv6Item ip => new Ipv6Item(Mask(ip.Src), Mask(ip.Dst), Mask(ip.Proto), Mask(ip.HasFragExt)),
        Ipv6FragExtItem fragment => new Ipv6FragExtItem(Mask(fragment.FragData)),
        TcpItem tcp => new TcpItem(Mask(tcp.SrcL4Port), Mask(tcp.DstL4Port), Mask(tcp.Flags)),
        UdpItem udp => new UdpItem(Mask(udp.SrcL4Port), Mask(udp.DstL4Port)),
        SctpItem sctp => new SctpItem(Mask(sctp.SrcL4Port), Mask(sctp.DstL4Port)),
        IcmpItem icmp => new IcmpItem(Mask(icmp.Type), Mask(icmp.Code)),
        Icmp6Item icmp => new Icmp6Item(Mask(icmp.Type), Mask(icmp.Code)),
        _ => item,
    };

    // Kinds that carry a number which each rule has for itself; others are what they are.
    private static FlowAction Of(FlowAction action) => action switch
    {
        JumpAction => new JumpAction(0),
        QueueAction => new QueueAction(0),
        MarkAction => new MarkAction(0),
        _ => action,
    };

    // Templates have no ranges: one stays what it is, and the driver says that it cannot.
    private static FieldMatch<T>? Mask<T>(FieldMatch<T>? field)
        where T : unmanaged => field is { Last: null } match ? match with { Spec = default } : field;
}
