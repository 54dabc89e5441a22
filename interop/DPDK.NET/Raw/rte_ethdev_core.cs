using System.Runtime.InteropServices;

namespace Dpdk.Raw;

/// <summary>struct rte_ethdev_qdata of rte_ethdev_core.h.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal unsafe struct rte_ethdev_qdata
{
    [FieldOffset(0)] public void** data;
    [FieldOffset(8)] public void** clbk;
}

/// <summary>
/// struct rte_eth_fp_ops (22.11), one element per port of the exported array of that name. Newer versions order the
/// members otherwise; <see cref="Abi.DpdkAbi"/> carries the offsets that are used.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 128)]
internal unsafe struct rte_eth_fp_ops
{
    [FieldOffset(0)] public void* rx_pkt_burst;
    [FieldOffset(24)] public rte_ethdev_qdata rxq;
    [FieldOffset(64)] public void* tx_pkt_burst;
    [FieldOffset(88)] public rte_ethdev_qdata txq;
}
