using System.Runtime.InteropServices;

namespace Dpdk.Raw;

/// <summary>struct rte_eth_stats of rte_ethdev.h; 80 per-queue counters follow.</summary>
[StructLayout(LayoutKind.Explicit, Size = 704)]
internal struct rte_eth_stats
{
    [FieldOffset(0)] public ulong ipackets;
    [FieldOffset(8)] public ulong opackets;
    [FieldOffset(16)] public ulong ibytes;
    [FieldOffset(24)] public ulong obytes;
    [FieldOffset(32)] public ulong imissed;
    [FieldOffset(40)] public ulong ierrors;
    [FieldOffset(48)] public ulong oerrors;
    [FieldOffset(56)] public ulong rx_nombuf;
}

/// <summary>struct rte_eth_link.</summary>
[StructLayout(LayoutKind.Explicit, Size = 8)]
internal struct rte_eth_link
{
    [FieldOffset(0)] public uint link_speed;

    /// <summary>The bit-fields: bit 0 duplex, bit 1 autoneg, bit 2 status.</summary>
    [FieldOffset(4)] private ushort _bits;

    /// <summary>Makes the structure eight-byte aligned, as __rte_aligned(8) does.</summary>
    [FieldOffset(0)] private ulong _whole;

    public uint link_duplex
    {
        readonly get => (uint)(_bits & 1);
        set => _bits = Bits.Set(_bits, 0, 1, value);
    }

    public uint link_autoneg
    {
        readonly get => (uint)(_bits >> 1) & 1;
        set => _bits = Bits.Set(_bits, 1, 1, value);
    }

    public uint link_status
    {
        readonly get => (uint)(_bits >> 2) & 1;
        set => _bits = Bits.Set(_bits, 2, 1, value);
    }
}

/// <summary>struct rte_ether_addr of rte_ether.h.</summary>
[StructLayout(LayoutKind.Explicit, Size = 6)]
internal struct rte_ether_addr
{
    [FieldOffset(0)] public uint8_t_6 addr_bytes;

    /// <summary>Makes the structure two-byte aligned, as __rte_aligned(2) does.</summary>
    [FieldOffset(0)] private ushort _whole;
}

/// <summary>struct rte_eth_rss_conf.</summary>
[StructLayout(LayoutKind.Explicit, Size = 24)]
internal unsafe struct rte_eth_rss_conf
{
    [FieldOffset(0)] public byte* rss_key;
    [FieldOffset(8)] public byte rss_key_len;
    [FieldOffset(16)] public ulong rss_hf;
}

/// <summary>
/// struct rte_eth_conf: the members that are set here; the others stay zero, which means their default.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 2272)]
internal struct rte_eth_conf
{
    [FieldOffset(0)] public uint link_speeds;
    [FieldOffset(8)] public uint rxmode_mq_mode;
    [FieldOffset(12)] public uint rxmode_mtu;
    [FieldOffset(24)] public ulong rxmode_offloads;
    [FieldOffset(64)] public uint txmode_mq_mode;
    [FieldOffset(72)] public ulong txmode_offloads;
    [FieldOffset(120)] public uint lpbk_mode;
    [FieldOffset(128)] public rte_eth_rss_conf rx_adv_conf_rss_conf;
}

/// <summary>struct rte_eth_dev_info: the members that are read here.</summary>
[StructLayout(LayoutKind.Explicit, Size = 376)]
internal unsafe struct rte_eth_dev_info
{
    [FieldOffset(0)] public void* device;
    [FieldOffset(8)] public byte* driver_name;
    [FieldOffset(16)] public uint if_index;
    [FieldOffset(20)] public ushort min_mtu;
    [FieldOffset(22)] public ushort max_mtu;
    [FieldOffset(32)] public uint min_rx_bufsize;
    [FieldOffset(36)] public uint max_rx_pktlen;
    [FieldOffset(44)] public ushort max_rx_queues;
    [FieldOffset(46)] public ushort max_tx_queues;
    [FieldOffset(72)] public ulong rx_offload_capa;
    [FieldOffset(80)] public ulong tx_offload_capa;
    [FieldOffset(104)] public ushort reta_size;
    [FieldOffset(106)] public byte hash_key_size;
    [FieldOffset(112)] public ulong flow_type_rss_offloads;
    [FieldOffset(288)] public ushort nb_rx_queues;
    [FieldOffset(290)] public ushort nb_tx_queues;
    [FieldOffset(312)] public ulong dev_capa;
}

/// <summary>struct rte_eth_xstat.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct rte_eth_xstat
{
    [FieldOffset(0)] public ulong id;
    [FieldOffset(8)] public ulong value;
}

/// <summary>struct rte_eth_xstat_name.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal struct rte_eth_xstat_name
{
    [FieldOffset(0)] public char_64 name;
}
