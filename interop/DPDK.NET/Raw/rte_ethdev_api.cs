using System.Runtime.InteropServices;

namespace Dpdk.Raw;

/// <summary>Exported functions and constants of rte_ethdev.h. Unless said otherwise: 0 or a negative errno.</summary>
internal static unsafe partial class RteEthdev
{
    public const int RTE_ETH_XSTATS_NAME_SIZE = 64;
    public const int RTE_ETH_NAME_MAX_LEN = 64;
    public const ushort RTE_MAX_ETHPORTS = 32;
    public const uint RTE_ETH_MQ_RX_RSS = 1;
    public const ulong RTE_ETH_RSS_IP = 41868;
    public const ulong RTE_ETH_RSS_TCP = 66576;
    public const ulong RTE_ETH_RSS_UDP = 133152;
    public const ulong RTE_ETH_RSS_SCTP = 4160;

    [LibraryImport(Lib.Ethdev)]
    internal static partial int rte_eth_dev_get_port_by_name(byte* name, ushort* port_id);

    [LibraryImport(Lib.Ethdev)]
    internal static partial int rte_eth_dev_get_name_by_port(ushort port_id, byte* name);

    /// <summary>
    /// The first port from <paramref name="port_id"/> on that has this owner (0: none), or RTE_MAX_ETHPORTS.
    /// </summary>
    [LibraryImport(Lib.Ethdev)]
    internal static partial ulong rte_eth_find_next_owned_by(ushort port_id, ulong owner_id);

    /// <summary>1 if the port exists, else 0.</summary>
    [LibraryImport(Lib.Ethdev)]
    internal static partial int rte_eth_dev_is_valid_port(ushort port_id);

    [LibraryImport(Lib.Ethdev)]
    internal static partial int rte_eth_dev_info_get(ushort port_id, rte_eth_dev_info* dev_info);

    [LibraryImport(Lib.Ethdev)]
    internal static partial int rte_eth_dev_configure(
        ushort port_id, ushort nb_rx_queue, ushort nb_tx_queue, rte_eth_conf* eth_conf);

    [LibraryImport(Lib.Ethdev)]
    internal static partial int rte_eth_dev_adjust_nb_rx_tx_desc(
        ushort port_id, ushort* nb_rx_desc, ushort* nb_tx_desc);

    [LibraryImport(Lib.Ethdev)]
    internal static partial int rte_eth_rx_queue_setup(
        ushort port_id, ushort rx_queue_id, ushort nb_rx_desc, uint socket_id, void* rx_conf, rte_mempool* mb_pool);

    [LibraryImport(Lib.Ethdev)]
    internal static partial int rte_eth_tx_queue_setup(
        ushort port_id, ushort tx_queue_id, ushort nb_tx_desc, uint socket_id, void* tx_conf);

    [LibraryImport(Lib.Ethdev)]
    internal static partial int rte_eth_dev_start(ushort port_id);

    [LibraryImport(Lib.Ethdev)]
    internal static partial int rte_eth_dev_stop(ushort port_id);

    [LibraryImport(Lib.Ethdev)]
    internal static partial int rte_eth_dev_close(ushort port_id);

    /// <summary>The NUMA node, or -1.</summary>
    [LibraryImport(Lib.Ethdev)]
    internal static partial int rte_eth_dev_socket_id(ushort port_id);

    [LibraryImport(Lib.Ethdev)]
    internal static partial int rte_eth_macaddr_get(ushort port_id, rte_ether_addr* mac_addr);

    [LibraryImport(Lib.Ethdev)]
    internal static partial int rte_eth_link_get_nowait(ushort port_id, rte_eth_link* link);

    [LibraryImport(Lib.Ethdev)]
    internal static partial int rte_eth_stats_get(ushort port_id, rte_eth_stats* stats);

    [LibraryImport(Lib.Ethdev)]
    internal static partial int rte_eth_stats_reset(ushort port_id);

    [LibraryImport(Lib.Ethdev)]
    internal static partial int rte_eth_xstats_reset(ushort port_id);

    /// <summary>
    /// The number of names; more than <paramref name="size"/> if the array is too small (then nothing is written).
    /// </summary>
    [LibraryImport(Lib.Ethdev)]
    internal static partial int rte_eth_xstats_get_names(ushort port_id, rte_eth_xstat_name* xstats_names, uint size);

    /// <summary>
    /// The number of values; more than <paramref name="n"/> if the array is too small (then nothing is written).
    /// </summary>
    [LibraryImport(Lib.Ethdev)]
    internal static partial int rte_eth_xstats_get(ushort port_id, rte_eth_xstat* xstats, uint n);

    [LibraryImport(Lib.Ethdev)]
    internal static partial int rte_eth_promiscuous_enable(ushort port_id);

    [LibraryImport(Lib.Ethdev)]
    internal static partial int rte_eth_promiscuous_disable(ushort port_id);

    /// <summary>1 on, 0 off, -1 invalid port.</summary>
    [LibraryImport(Lib.Ethdev)]
    internal static partial int rte_eth_promiscuous_get(ushort port_id);

    /// <summary>The callback gets the port's id, the event, <paramref name="cb_arg"/> and a pointer of the event's own.</summary>
    [LibraryImport(Lib.Ethdev)]
    internal static partial int rte_eth_dev_callback_register(
        ushort port_id, int @event, delegate* unmanaged[Cdecl]<ushort, int, void*, void*, int> cb_fn, void* cb_arg);

    /// <summary>-EAGAIN: the callback is running, and stays registered.</summary>
    [LibraryImport(Lib.Ethdev)]
    internal static partial int rte_eth_dev_callback_unregister(
        ushort port_id, int @event, delegate* unmanaged[Cdecl]<ushort, int, void*, void*, int> cb_fn, void* cb_arg);

    [LibraryImport(Lib.Ethdev)]
    internal static partial int rte_eth_dev_get_mtu(ushort port_id, ushort* mtu);

    [LibraryImport(Lib.Ethdev)]
    internal static partial int rte_eth_dev_set_mtu(ushort port_id, ushort mtu);
}
