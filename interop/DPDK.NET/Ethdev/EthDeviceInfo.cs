namespace Dpdk.Ethdev;

/// <summary>What a port can do (rte_eth_dev_info).</summary>
/// <param name="DriverName">"net_ring".</param>
/// <param name="MinMtu">Bytes.</param>
/// <param name="MaxMtu">Bytes.</param>
/// <param name="MaxRxQueues">Most receive queues.</param>
/// <param name="MaxTxQueues">Most transmit queues.</param>
/// <param name="RxQueues">Receive queues configured now.</param>
/// <param name="TxQueues">Transmit queues configured now.</param>
/// <param name="RxOffloads">RTE_ETH_RX_OFFLOAD_* bits.</param>
/// <param name="TxOffloads">RTE_ETH_TX_OFFLOAD_* bits.</param>
/// <param name="RssOffloads">RTE_ETH_RSS_* bits; 0: no RSS.</param>
/// <param name="MaxRxPacketBytes">Longest frame.</param>
/// <param name="SocketId">NUMA node, or -1.</param>
public sealed record EthDeviceInfo(
    string DriverName,
    ushort MinMtu,
    ushort MaxMtu,
    ushort MaxRxQueues,
    ushort MaxTxQueues,
    ushort RxQueues,
    ushort TxQueues,
    ulong RxOffloads,
    ulong TxOffloads,
    ulong RssOffloads,
    uint MaxRxPacketBytes,
    int SocketId);
