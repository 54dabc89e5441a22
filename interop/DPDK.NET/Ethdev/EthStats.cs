namespace Dpdk.Ethdev;

/// <summary>Counters of a port since start or reset (rte_eth_stats).</summary>
/// <param name="RxPkts">Packets received.</param>
/// <param name="TxPkts">Packets sent.</param>
/// <param name="RxBytes">Bytes received.</param>
/// <param name="TxBytes">Bytes sent.</param>
/// <param name="RxMissed">Packets the NIC dropped because no receive buffer was ready.</param>
/// <param name="RxErrors">Packets received broken.</param>
/// <param name="TxErrors">Packets that could not be sent.</param>
/// <param name="RxNoMbuf">Times the pool was empty.</param>
public readonly record struct EthStats(
    ulong RxPkts,
    ulong TxPkts,
    ulong RxBytes,
    ulong TxBytes,
    ulong RxMissed,
    ulong RxErrors,
    ulong TxErrors,
    ulong RxNoMbuf);
