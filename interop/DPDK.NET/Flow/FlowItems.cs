namespace Dpdk.Flow;

/// <summary>
/// What one field of an item matches: <c>(packet &amp; Mask) == (Spec &amp; Mask)</c>, or with <see cref="Last"/> the
/// closed range Spec..Last under the mask. Values are host order; a null field of an item matches anything (mask 0).
/// </summary>
/// <typeparam name="T">Unsigned integer of at least the field's width.</typeparam>
/// <remarks>
/// Spec bits outside the mask are refused by the constructor helpers (NIC-facts: mlx5 HWS then misses).
/// </remarks>
public readonly record struct FieldMatch<T>(T Spec, T Mask, T? Last = null)
    where T : unmanaged;

/// <summary>An rte_flow pattern item: immutable, host order, without native memory. Source: rte_flow.h.</summary>
public abstract record FlowItem;

/// <summary>Ethernet header. Addresses as 48-bit numbers, first octet on the wire most significant.</summary>
public sealed record EthItem(
    FieldMatch<ulong>? Src = null, FieldMatch<ulong>? Dst = null, FieldMatch<ushort>? EtherType = null) : FlowItem;

/// <summary>One VLAN tag: tag control information and the ethertype inside.</summary>
public sealed record VlanItem(FieldMatch<ushort>? Tci = null, FieldMatch<ushort>? InnerType = null) : FlowItem;

/// <summary>IPv4 header. FragmentOffset is the whole 16-bit word: flags in bits 15..13, offset in 12..0.</summary>
public sealed record Ipv4Item(
    FieldMatch<uint>? Src = null,
    FieldMatch<uint>? Dst = null,
    FieldMatch<byte>? Proto = null,
    FieldMatch<ushort>? FragmentOffset = null) : FlowItem;

/// <summary>IPv6 header. Proto is the next-header byte of the fixed header; HasFragExt 0 or 1.</summary>
public sealed record Ipv6Item(
    FieldMatch<UInt128>? Src = null,
    FieldMatch<UInt128>? Dst = null,
    FieldMatch<byte>? Proto = null,
    FieldMatch<byte>? HasFragExt = null) : FlowItem;

/// <summary>IPv6 fragment extension header. FragData is the 16-bit word: offset in bits 15..3, M in bit 0.</summary>
public sealed record Ipv6FragExtItem(FieldMatch<ushort>? FragData = null) : FlowItem;

/// <summary>
/// TCP header. Flags: FIN 0x01, SYN 0x02, RST 0x04, PSH 0x08, ACK 0x10, URG 0x20, ECE 0x40, CWR 0x80.
/// </summary>
public sealed record TcpItem(
    FieldMatch<ushort>? SrcL4Port = null,
    FieldMatch<ushort>? DstL4Port = null,
    FieldMatch<byte>? Flags = null) : FlowItem;

/// <summary>UDP header.</summary>
public sealed record UdpItem(
    FieldMatch<ushort>? SrcL4Port = null, FieldMatch<ushort>? DstL4Port = null) : FlowItem;

/// <summary>SCTP header.</summary>
public sealed record SctpItem(
    FieldMatch<ushort>? SrcL4Port = null, FieldMatch<ushort>? DstL4Port = null) : FlowItem;

/// <summary>ICMP header.</summary>
public sealed record IcmpItem(FieldMatch<byte>? Type = null, FieldMatch<byte>? Code = null) : FlowItem;

/// <summary>ICMPv6 header.</summary>
public sealed record Icmp6Item(FieldMatch<byte>? Type = null, FieldMatch<byte>? Code = null) : FlowItem;

/// <summary>The port a packet came from, for transfer rules.</summary>
public sealed record RepresentedPortItem(ushort EthPortId) : FlowItem;
