using System.Runtime.InteropServices;
using Dpdk.Abi;
using Dpdk.Eal;
using Dpdk.Errors;
using Dpdk.Flow;
using Dpdk.Raw;

namespace Dpdk.Ethdev;

using Dpdk.Mbuf;

/// <summary>
/// One Ethernet port. Control-path members may be called from any thread, one at a time; packets go through
/// <see cref="GetBurst(ushort)"/>. Failures throw <see cref="EthPortException"/>.
/// </summary>
public sealed unsafe class EthPort : IDisposable
{
    private readonly DpdkEal _eal;
    private ushort _rxQueues;
    private ushort _txQueues;
    private bool _started;
    private bool _closed;
    private EthPortWatch? _watch;

    internal EthPort(DpdkEal eal, ushort id)
    {
        _eal = eal;
        Id = id;
        Name = ReadName(id);
        DriverName = Info.DriverName;
        Flow = new FlowApi(this);
    }

    /// <summary>DPDK's port id.</summary>
    public ushort Id { get; }

    /// <summary>The device's name, "net_ring0".</summary>
    public string Name { get; }

    /// <summary>The driver's name, "net_ring".</summary>
    public string DriverName { get; }

    /// <summary>The port's flow rules.</summary>
    public FlowApi Flow { get; }

    /// <summary>Whether the port runs.</summary>
    public bool IsStarted => _started;

    /// <summary>What the port can do and how it is configured now.</summary>
    public EthDeviceInfo Info
    {
        get
        {
            rte_eth_dev_info info = ReadInfo();
            return new EthDeviceInfo(
                NativeText.Read(info.driver_name),
                info.min_mtu,
                info.max_mtu,
                info.max_rx_queues,
                info.max_tx_queues,
                info.nb_rx_queues,
                info.nb_tx_queues,
                info.rx_offload_capa,
                info.tx_offload_capa,
                info.flow_type_rss_offloads,
                info.max_rx_pktlen,
                RteEthdev.rte_eth_dev_socket_id(Id));
        }
    }

    /// <summary>The port's address.</summary>
    public MacAddress Mac
    {
        get
        {
            rte_ether_addr address = default;
            Check(RteEthdev.rte_eth_macaddr_get(Id, &address), "rte_eth_macaddr_get");
            return MacAddress.FromBytes(MemoryMarshal.CreateReadOnlySpan(ref address.addr_bytes.first, 6));
        }
    }

    /// <summary>The link's state, without waiting for one.</summary>
    public LinkStatus Link
    {
        get
        {
            rte_eth_link link = default;
            Check(RteEthdev.rte_eth_link_get_nowait(Id, &link), "rte_eth_link_get_nowait");
            return new LinkStatus(
                link.link_status != 0, link.link_speed, link.link_duplex != 0, link.link_autoneg != 0);
        }
    }

    /// <summary>Bytes of an Ethernet payload. Setting it needs a driver that can.</summary>
    public ushort Mtu
    {
        get
        {
            ushort mtu;
            Check(RteEthdev.rte_eth_dev_get_mtu(Id, &mtu), "rte_eth_dev_get_mtu");
            return mtu;
        }

        set => Check(RteEthdev.rte_eth_dev_set_mtu(Id, value), "rte_eth_dev_set_mtu");
    }

    /// <summary>Whether frames to any address are received.</summary>
    public bool IsPromiscuous
    {
        get
        {
            int result = RteEthdev.rte_eth_promiscuous_get(Id);
            Check(result < 0 ? -ErrnoText.ENODEV : 0, "rte_eth_promiscuous_get");
            return result == 1;
        }
    }

    /// <summary>Sets the stopped port's queues up; receive buffers come from <paramref name="pool"/>.</summary>
    public void Configure(EthPortOptions options, Mempool pool)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(pool);
        EnsureOpen();
        EthPortSetup.Run(this, options, (rte_mempool*)pool.Handle);
        _rxQueues = options.RxQueues;
        _txQueues = options.TxQueues;
    }

    /// <summary>Starts the configured port.</summary>
    public void Start()
    {
        EnsureOpen();
        Check(RteEthdev.rte_eth_dev_start(Id), "rte_eth_dev_start");
        _started = true;
    }

    /// <summary>Removes the flow rules and stops the port. No thread may be using its bursts any more.</summary>
    public void Stop()
    {
        if (_started)
        {
            Flow.FlushBeforeStop();
            _started = false;
            Check(RteEthdev.rte_eth_dev_stop(Id), "rte_eth_dev_stop");
        }
    }

    /// <summary>
    /// Stops the port and gives its device free; the object is of no use afterwards. Again: does nothing.
    /// </summary>
    public void Close()
    {
        if (_closed)
        {
            return;
        }

        Stop();
        Flow.FlushBeforeStop();
        _watch?.Dispose();
        _closed = true;
        _eal.Forget(this);

        // A port behind another one (failsafe's, say) goes when that one closes it.
        if (RteEthdev.rte_eth_dev_is_valid_port(Id) != 0)
        {
            Check(RteEthdev.rte_eth_dev_close(Id), "rte_eth_dev_close");
        }
    }

    /// <summary>As <see cref="Close"/>.</summary>
    public void Dispose() => Close();

    /// <summary>Collects events from now on, until the port is closed.</summary>
    public void WatchEvents()
    {
        EnsureOpen();
        _watch ??= new EthPortWatch(this);
    }

    /// <summary>What the port has announced since the last call; nothing before <see cref="WatchEvents"/>.</summary>
    public EthPortEvents TakeEvents() => _watch?.Take() ?? EthPortEvents.None;

    /// <summary>Counters since start or reset.</summary>
    public EthStats ReadStats()
    {
        EnsureOpen();
        rte_eth_stats stats = default;
        Check(RteEthdev.rte_eth_stats_get(Id, &stats), "rte_eth_stats_get");
        return new EthStats(
            stats.ipackets,
            stats.opackets,
            stats.ibytes,
            stats.obytes,
            stats.imissed,
            stats.ierrors,
            stats.oerrors,
            stats.rx_nombuf);
    }

    /// <summary>Sets the counters, extended ones too, to 0.</summary>
    public void ResetStats()
    {
        EnsureOpen();
        Check(RteEthdev.rte_eth_stats_reset(Id), "rte_eth_stats_reset");
        Check(RteEthdev.rte_eth_xstats_reset(Id), "rte_eth_xstats_reset");
    }

    /// <summary>The driver's own counters by name, ethdev's included.</summary>
    public IReadOnlyDictionary<string, ulong> ReadXstats()
    {
        EnsureOpen();
        return XstatsReader.Read(this);
    }

    /// <summary>Receives frames to any address, or only to the port's own.</summary>
    public void SetPromiscuous(bool enabled)
    {
        EnsureOpen();
        Check(
            enabled ? RteEthdev.rte_eth_promiscuous_enable(Id) : RteEthdev.rte_eth_promiscuous_disable(Id),
            enabled ? "rte_eth_promiscuous_enable" : "rte_eth_promiscuous_disable");
    }

    /// <summary>As <see cref="SetPromiscuous"/>; false where the driver has no such switch (ENOTSUP).</summary>
    public bool TrySetPromiscuous(bool enabled)
    {
        try
        {
            SetPromiscuous(enabled);
            return true;
        }
        catch (EthPortException problem) when (problem.Errno == ErrnoText.ENOTSUP)
        {
            return false;
        }
    }

    /// <summary>The functions that receive and send on queue <paramref name="queue"/> of both directions.</summary>
    /// <exception cref="InvalidOperationException">The port is not started.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A direction has no such queue.</exception>
    public BurstPointers GetBurst(ushort queue) => GetBurst(queue, queue);

    /// <summary>The same with a queue for each direction.</summary>
    public BurstPointers GetBurst(ushort rxQueue, ushort txQueue)
    {
        EnsureOpen();
        if (!_started)
        {
            throw new InvalidOperationException($"port {Name} is not started: it has no burst functions yet");
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(rxQueue, _rxQueues);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(txQueue, _txQueues);
        DpdkAbi abi = _eal.Abi;
        nint table = NativeLibrary.GetExport(LibraryLoader.Load(Lib.Ethdev), "rte_eth_fp_ops");
        byte* ops = (byte*)table + (abi.FpOpsSize * Id);
        void** rxData = *(void***)(ops + abi.RxDataOffset);
        void** txData = *(void***)(ops + abi.TxDataOffset);
        return new BurstPointers(
            *(void**)(ops + abi.RxBurstOffset), rxData[rxQueue], *(void**)(ops + abi.TxBurstOffset), txData[txQueue]);
    }

    internal void Check(int result, string operation, string? detail = null)
    {
        if (result < 0)
        {
            throw new EthPortException(operation, -result, Name, detail);
        }
    }

    internal void EnsureOpen() => ObjectDisposedException.ThrowIf(_closed, this);

    internal rte_eth_dev_info ReadInfo()
    {
        EnsureOpen();
        rte_eth_dev_info info = default;
        Check(RteEthdev.rte_eth_dev_info_get(Id, &info), "rte_eth_dev_info_get");
        return info;
    }

    private static string ReadName(ushort id)
    {
        byte* name = stackalloc byte[RteEthdev.RTE_ETH_NAME_MAX_LEN];
        int result = RteEthdev.rte_eth_dev_get_name_by_port(id, name);
        RteErrno.ThrowIfNegative(result, "rte_eth_dev_get_name_by_port", $"port id {id}");
        return NativeText.Read(name);
    }
}
