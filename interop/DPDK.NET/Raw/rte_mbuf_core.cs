using System.Runtime.InteropServices;

namespace Dpdk.Raw;

/// <summary>struct rte_mbuf of rte_mbuf_core.h (DPDK 22.11, RTE_IOVA_AS_PA): 128 bytes, 64-byte aligned.</summary>
[StructLayout(LayoutKind.Explicit, Size = 128)]
internal unsafe struct rte_mbuf
{
    [FieldOffset(0)] public void* buf_addr;
    [FieldOffset(8)] public ulong buf_iova;
    [FieldOffset(16)] public ushort data_off;
    [FieldOffset(18)] public ushort refcnt;
    [FieldOffset(20)] public ushort nb_segs;
    [FieldOffset(22)] public ushort port;
    [FieldOffset(24)] public ulong ol_flags;
    [FieldOffset(32)] public uint packet_type;
    [FieldOffset(36)] public uint pkt_len;
    [FieldOffset(40)] public ushort data_len;
    [FieldOffset(42)] public ushort vlan_tci;
    [FieldOffset(44)] public uint hash_rss;
    [FieldOffset(48)] public uint hash_fdir_hi;
    [FieldOffset(52)] public ushort vlan_tci_outer;
    [FieldOffset(54)] public ushort buf_len;
    [FieldOffset(56)] public rte_mempool* pool;
    [FieldOffset(64)] public rte_mbuf* next;
    [FieldOffset(72)] public ulong tx_offload;
    [FieldOffset(80)] public void* shinfo;
    [FieldOffset(88)] public ushort priv_size;
    [FieldOffset(90)] public ushort timesync;
    [FieldOffset(92)] public uint32_t_9 dynfield1;
}

/// <summary>Flags and sizes of rte_mbuf_core.h.</summary>
internal static class RteMbufConst
{
    public const ulong RTE_MBUF_F_RX_RSS_HASH = 1UL << 1;
    public const ulong RTE_MBUF_F_RX_FDIR = 1UL << 2;
    public const ulong RTE_MBUF_F_RX_FDIR_ID = 1UL << 13;
    public const ulong RTE_MBUF_F_EXTERNAL = 1UL << 61;
    public const ushort RTE_PKTMBUF_HEADROOM = 128;
    public const ushort RTE_MBUF_PORT_INVALID = 65535;
}
