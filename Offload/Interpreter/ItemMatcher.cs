using System.Numerics;
using Dpdk.Flow;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Policy.Model;

namespace NetPolNic.Offload.Interpreter;

/// <summary>Whether one pattern item matches a packet (rte_flow.rst, "Matching pattern").</summary>
internal static class ItemMatcher
{
    private const byte Tcp = 6;
    private const byte Udp = 17;
    private const byte Sctp = 132;
    private const byte Icmp = 1;
    private const byte Icmp6 = 58;
    private const ushort Ipv4EtherType = 0x0800;
    private const ushort Ipv6EtherType = 0x86dd;

    internal static bool Matches(FlowItem item, PacketHeaders packet, NicCapabilities nic) => item switch
    {
        EthItem eth => Is(eth.Src, packet.EthSrc) && Is(eth.Dst, packet.EthDst) && Is(eth.EtherType, OuterType(packet)),
        VlanItem vlan => packet.VlanTci is { } tci && Is(vlan.Tci, tci) && Is(vlan.InnerType, InnerType(packet)),
        Ipv4Item ip => packet.Family == IpFamily.V4 && Is(ip.Src, (uint)packet.Src.Value) &&
            Is(ip.Dst, (uint)packet.Dst.Value) && Is(ip.Proto, packet.Proto) &&
            Is(ip.FragmentOffset, packet.Ipv4FragmentWord),
        Ipv6Item ip => packet.Family == IpFamily.V6 && Is(ip.Src, packet.Src.Value) && Is(ip.Dst, packet.Dst.Value) &&
            Is(ip.Proto, Ipv6ProtoOf(packet, nic)) && Is(ip.HasFragExt, (byte)(packet.HasFragmentHeader ? 1 : 0)),
        Ipv6FragExtItem fragment => packet.HasFragmentHeader && Is(fragment.FragData, packet.Ipv6FragmentWord),
        TcpItem { SrcL4Port: null, DstL4Port: null, Flags: null } => HasL4(packet, Tcp, nic) || HasProto(packet, Tcp, nic),
        TcpItem tcp => HasL4(packet, Tcp, nic) && Is(tcp.SrcL4Port, packet.SrcL4Port) &&
            Is(tcp.DstL4Port, packet.DstL4Port) && Is(tcp.Flags, packet.TcpFlags),
        UdpItem { SrcL4Port: null, DstL4Port: null } => HasL4(packet, Udp, nic) || HasProto(packet, Udp, nic),
        UdpItem udp => HasL4(packet, Udp, nic) && Is(udp.SrcL4Port, packet.SrcL4Port) &&
            Is(udp.DstL4Port, packet.DstL4Port),
        SctpItem { SrcL4Port: null, DstL4Port: null } => HasL4(packet, Sctp, nic) || HasProto(packet, Sctp, nic),
        SctpItem sctp => HasL4(packet, Sctp, nic) && Is(sctp.SrcL4Port, packet.SrcL4Port) &&
            Is(sctp.DstL4Port, packet.DstL4Port),
        IcmpItem icmp => HasL4(packet, Icmp, nic) && Is(icmp.Type, packet.IcmpType) && Is(icmp.Code, packet.IcmpCode),
        Icmp6Item icmp => HasL4(packet, Icmp6, nic) && Is(icmp.Type, packet.IcmpType) && Is(icmp.Code, packet.IcmpCode),
        _ => throw new ArgumentException($"no meaning for the item {item.GetType().Name}", nameof(item)),
    };

    private static bool HasL4(PacketHeaders packet, byte proto, NicCapabilities nic)
    {
        bool reachable = packet.Extensions.IsEmpty || nic.Ipv6Extensions.Value != Ipv6Extensions.None;
        bool whole = !packet.IsFirstFragment || nic.L4OnFragments.Value != FragmentL4.Miss;
        return packet.Proto == proto && reachable && whole && !packet.IsLaterFragment;
    }

    // What is unknown is taken to match the most.
    private static bool HasProto(PacketHeaders packet, byte proto, NicCapabilities nic) =>
        nic.L4OnFragments.Value is FragmentL4.Any or FragmentL4.Unknown && packet.Proto == proto &&
        (packet.Extensions.IsEmpty || nic.Ipv6Extensions.Value != Ipv6Extensions.None);

    private static byte Ipv6ProtoOf(PacketHeaders packet, NicCapabilities nic) =>
        nic.Ipv6ProtoIs.Value == Ipv6Proto.Last ? packet.Proto : packet.FirstNextHeader;

    private static bool Is<T>(FieldMatch<T>? field, T value)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (field is not { } match)
        {
            return true;
        }

        T masked = value & match.Mask;
        T first = match.Spec & match.Mask;
        // A last of zero or equal to spec is no range.
        return match.Last is { } last && last != T.Zero && last != match.Spec
            ? first <= masked && masked <= (last & match.Mask)
            : masked == first;
    }

    private static ushort InnerType(PacketHeaders packet) =>
        packet.Family == IpFamily.V4 ? Ipv4EtherType : Ipv6EtherType;

    private static ushort OuterType(PacketHeaders packet) =>
        packet.VlanTci is null ? InnerType(packet) : (ushort)0x8100;
}
