using Dpdk.Raw;

namespace Dpdk.Ethdev;

/// <summary>Configures a port and its queues.</summary>
internal static unsafe class EthPortSetup
{
    private const byte DefaultKeyBytes = 40;

    private const ulong WantedRss = RteEthdev.RTE_ETH_RSS_IP | RteEthdev.RTE_ETH_RSS_TCP | RteEthdev.RTE_ETH_RSS_UDP
        | RteEthdev.RTE_ETH_RSS_SCTP;

    /// <summary>Configures the stopped port.</summary>
    /// <exception cref="Errors.EthPortException">The driver refused a step.</exception>
    internal static void Run(EthPort port, EthPortOptions options, rte_mempool* pool)
    {
        rte_eth_conf conf = default;
        conf.rxmode_mtu = options.Mtu ?? 0;
        rte_eth_dev_info info = port.ReadInfo();
        byte* key = stackalloc byte[byte.MaxValue];
        ulong wanted = options.SymmetricKeyWord is null ? WantedRss : RteEthdev.RTE_ETH_RSS_IP;
        ulong rss = options.RxQueues > 1 ? info.flow_type_rss_offloads & wanted : 0;
        if (rss != 0)
        {
            conf.rxmode_mq_mode = RteEthdev.RTE_ETH_MQ_RX_RSS;
            conf.rx_adv_conf_rss_conf.rss_hf = rss;
        }

        if (rss != 0 && options.SymmetricKeyWord is { } word)
        {
            // 0: the driver does not say, and takes the 40 bytes of Toeplitz hashing over IPv6.
            byte length = info.hash_key_size == 0 ? DefaultKeyBytes : info.hash_key_size;
            for (int i = 0; i < length; i++)
            {
                key[i] = (byte)(i % 2 == 0 ? word >> 8 : word & 0xff);
            }

            conf.rx_adv_conf_rss_conf.rss_key = key;
            conf.rx_adv_conf_rss_conf.rss_key_len = length;
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
