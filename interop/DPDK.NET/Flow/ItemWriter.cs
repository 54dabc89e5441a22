using Dpdk.Raw;
using static Dpdk.Raw.rte_flow_item_type;

namespace Dpdk.Flow;

/// <summary>
/// Writes one pattern item into its blocks. Offsets are those of the structures in Raw, which the probe checks.
/// </summary>
internal static class ItemWriter
{
    /// <summary>Writes the fields and says which type of item it is.</summary>
    internal static rte_flow_item_type Write(FlowItem item, ref ItemBlocks blocks)
    {
        switch (item)
        {
            case EthItem eth:
                blocks.WriteMac(0, eth.Dst, "eth.dst");
                blocks.WriteMac(6, eth.Src, "eth.src");
                blocks.Write(12, eth.EtherType);
                return RTE_FLOW_ITEM_TYPE_ETH;
            case VlanItem vlan:
                blocks.Write(0, vlan.Tci);
                blocks.Write(2, vlan.InnerType);
                return RTE_FLOW_ITEM_TYPE_VLAN;
            case Ipv4Item ipv4:
                blocks.Write(6, ipv4.FragmentOffset);
                blocks.Write(9, ipv4.Proto);
                blocks.Write(12, ipv4.Src);
                blocks.Write(16, ipv4.Dst);
                return RTE_FLOW_ITEM_TYPE_IPV4;
            case Ipv6Item ipv6:
                blocks.Write(6, ipv6.Proto);
                blocks.Write(8, ipv6.Src);
                blocks.Write(24, ipv6.Dst);
                blocks.WriteBit(40, 2, ipv6.HasFragExt, "ipv6.has_frag_ext");
                return RTE_FLOW_ITEM_TYPE_IPV6;
            case Ipv6FragExtItem fragment:
                blocks.Write(2, fragment.FragData);
                return RTE_FLOW_ITEM_TYPE_IPV6_FRAG_EXT;
            case RepresentedPortItem represented:
                blocks.WriteNative(0, represented.EthPortId);
                return RTE_FLOW_ITEM_TYPE_REPRESENTED_PORT;
            default:
                return WriteTransport(item, ref blocks);
        }
    }

    private static rte_flow_item_type WriteTransport(FlowItem item, ref ItemBlocks blocks)
    {
        switch (item)
        {
            case TcpItem tcp:
                blocks.Write(0, tcp.SrcL4Port);
                blocks.Write(2, tcp.DstL4Port);
                blocks.Write(13, tcp.Flags);
                return RTE_FLOW_ITEM_TYPE_TCP;
            case UdpItem udp:
                blocks.Write(0, udp.SrcL4Port);
                blocks.Write(2, udp.DstL4Port);
                return RTE_FLOW_ITEM_TYPE_UDP;
            case SctpItem sctp:
                blocks.Write(0, sctp.SrcL4Port);
                blocks.Write(2, sctp.DstL4Port);
                return RTE_FLOW_ITEM_TYPE_SCTP;
            case IcmpItem icmp:
                blocks.Write(0, icmp.Type);
                blocks.Write(1, icmp.Code);
                return RTE_FLOW_ITEM_TYPE_ICMP;
            case Icmp6Item icmp6:
                blocks.Write(0, icmp6.Type);
                blocks.Write(1, icmp6.Code);
                return RTE_FLOW_ITEM_TYPE_ICMP6;
            default:
                throw new ArgumentException($"unknown pattern item {item?.GetType().Name ?? "null"}", nameof(item));
        }
    }
}
