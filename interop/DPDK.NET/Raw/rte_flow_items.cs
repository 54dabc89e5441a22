using System.Runtime.InteropServices;

namespace Dpdk.Raw;

/// <summary>struct rte_flow_item_eth; all members big endian.</summary>
[StructLayout(LayoutKind.Explicit, Size = 20)]
internal struct rte_flow_item_eth
{
    [FieldOffset(0)] public uint8_t_6 dst;
    [FieldOffset(6)] public uint8_t_6 src;
    [FieldOffset(12)] public ushort type;
    [FieldOffset(16)] private uint _bits;
}

/// <summary>struct rte_flow_item_vlan; big endian.</summary>
[StructLayout(LayoutKind.Explicit, Size = 8)]
internal struct rte_flow_item_vlan
{
    [FieldOffset(0)] public ushort tci;
    [FieldOffset(2)] public ushort inner_type;
    [FieldOffset(4)] private uint _bits;
}

/// <summary>struct rte_flow_item_ipv4: the header of rte_ip.h, packed, big endian.</summary>
[StructLayout(LayoutKind.Explicit, Size = 20, Pack = 1)]
internal struct rte_flow_item_ipv4
{
    [FieldOffset(6)] public ushort hdr_fragment_offset;
    [FieldOffset(9)] public byte hdr_next_proto_id;
    [FieldOffset(12)] public uint hdr_src_addr;
    [FieldOffset(16)] public uint hdr_dst_addr;
}

/// <summary>struct rte_flow_item_ipv6: the header, big endian, then host-order bit-fields.</summary>
[StructLayout(LayoutKind.Explicit, Size = 44)]
internal struct rte_flow_item_ipv6
{
    [FieldOffset(6)] public byte hdr_proto;
    [FieldOffset(8)] public uint8_t_16 hdr_src_addr;
    [FieldOffset(24)] public uint8_t_16 hdr_dst_addr;

    /// <summary>The bit-fields: bit 2 has_frag_ext; the other extension headers are not matched.</summary>
    [FieldOffset(40)] private uint _bits;

    public uint has_frag_ext
    {
        readonly get => (_bits >> 2) & 1;
        set => _bits = Bits.Set(_bits, 2, 1, value);
    }
}

/// <summary>struct rte_flow_item_ipv6_frag_ext, packed, big endian.</summary>
[StructLayout(LayoutKind.Explicit, Size = 8, Pack = 1)]
internal struct rte_flow_item_ipv6_frag_ext
{
    [FieldOffset(0)] public byte hdr_next_header;
    [FieldOffset(2)] public ushort hdr_frag_data;
    [FieldOffset(4)] public uint hdr_id;
}

/// <summary>struct rte_flow_item_tcp, packed, big endian.</summary>
[StructLayout(LayoutKind.Explicit, Size = 20, Pack = 1)]
internal struct rte_flow_item_tcp
{
    [FieldOffset(0)] public ushort hdr_src_port;
    [FieldOffset(2)] public ushort hdr_dst_port;
    [FieldOffset(13)] public byte hdr_tcp_flags;
}

/// <summary>struct rte_flow_item_udp, packed, big endian.</summary>
[StructLayout(LayoutKind.Explicit, Size = 8, Pack = 1)]
internal struct rte_flow_item_udp
{
    [FieldOffset(0)] public ushort hdr_src_port;
    [FieldOffset(2)] public ushort hdr_dst_port;
}

/// <summary>struct rte_flow_item_sctp, packed, big endian.</summary>
[StructLayout(LayoutKind.Explicit, Size = 12, Pack = 1)]
internal struct rte_flow_item_sctp
{
    [FieldOffset(0)] public ushort hdr_src_port;
    [FieldOffset(2)] public ushort hdr_dst_port;
}

/// <summary>struct rte_flow_item_icmp, packed.</summary>
[StructLayout(LayoutKind.Explicit, Size = 8, Pack = 1)]
internal struct rte_flow_item_icmp
{
    [FieldOffset(0)] public byte hdr_icmp_type;
    [FieldOffset(1)] public byte hdr_icmp_code;
}

/// <summary>struct rte_flow_item_icmp6.</summary>
[StructLayout(LayoutKind.Explicit, Size = 4)]
internal struct rte_flow_item_icmp6
{
    [FieldOffset(0)] public byte type;
    [FieldOffset(1)] public byte code;
    [FieldOffset(2)] private ushort _checksum;
}

/// <summary>struct rte_flow_item_ethdev, host order.</summary>
[StructLayout(LayoutKind.Explicit, Size = 2)]
internal struct rte_flow_item_ethdev
{
    [FieldOffset(0)] public ushort port_id;
}
