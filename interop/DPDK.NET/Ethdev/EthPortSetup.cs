using Dpdk.Raw;

namespace Dpdk.Ethdev;

/// <summary>Configures a port and its queues.</summary>
internal static unsafe class EthPortSetup
{
    private const ulong WantedRss = RteEthdev.RTE_ETH_RSS_IP | RteEthdev.RTE_ETH_RSS_TCP | RteEthdev.RTE_ETH_RSS_UDP
        | RteEthdev.RTE_ETH_RSS_SCTP;

    /// <summary>Configures the stopped port.</summary>
    /// <exception cref="Errors.EthPortException">The driver refused a step.</exception>
    internal static void Run(EthPort port, EthPortOptions options, rte_mempool* pool)
    {
        rte_eth_conf conf = default;
        conf.rxmode_mtu = options.Mtu ?? 0;
        ulong rss = options.RxQueues > 1 ? port.ReadInfo().flow_type_rss_offloads & WantedRss : 0;
        if (rss != 0)
        {
            conf.rxmode_mq_mode = RteEthdev.RTE_ETH_MQ_RX_RSS;
            conf.rx_adv_conf_rss_conf.rss_hf = rss;
        }

        port.Check(
            RteEthdev.rte_eth_dev_configure(port.Id, options.RxQueues, options.TxQueues, &conf),
            "rte_eth_dev_configure");
        ushort rxDescriptors = options.RxDescriptors;
        ushort txDescriptors = options.TxDescriptors;
        port.Check(
            RteEthdev.rte_eth_dev_adjust_nb_rx_tx_desc(port.Id, &rxDescriptors, &txDescriptors),
            "rte_eth_dev_adjust_nb_rx_tx_desc");

        // -1, no NUMA node, is SOCKET_ID_ANY as an unsigned number.
        uint socket = unchecked((uint)RteEthdev.rte_eth_dev_socket_id(port.Id));
        for (ushort queue = 0; queue < options.RxQueues; queue++)
        {
            port.Check(
                RteEthdev.rte_eth_rx_queue_setup(port.Id, queue, rxDescriptors, socket, null, pool),
                "rte_eth_rx_queue_setup",
                $"queue {queue}");
        }

        for (ushort queue = 0; queue < options.TxQueues; queue++)
        {
            port.Check(
                RteEthdev.rte_eth_tx_queue_setup(port.Id, queue, txDescriptors, socket, null),
                "rte_eth_tx_queue_setup",
                $"queue {queue}");
        }
    }
}
