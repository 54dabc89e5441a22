using Dpdk.Errors;
using Dpdk.Ethdev;
using Dpdk.Mbuf;

namespace DPDK.NET.Tests;

/// <summary>Control path of a port.</summary>
public sealed unsafe class EthPortTests(EalFixture fixture)
{
    [Fact]
    public void Device_says_what_it_can_when_asked()
    {
        EthPort port = fixture.Eal.FindPort("net_null7")!;
        EthDeviceInfo info = port.Info;
        Assert.Equal("net_null", info.DriverName);
        Assert.True(info.MaxRxQueues >= 1 && info.MaxTxQueues >= 1);
        Assert.NotEqual(0UL, info.RssOffloads);
        Assert.True(info.MaxRxPacketBytes >= 1518);
        Assert.Equal(6 * 3 - 1, port.Mac.ToString().Length);
        Assert.False(port.Mac.IsGroup);
    }

    [Fact]
    public void Port_runs_when_configured_and_started()
    {
        EthPort port = fixture.Eal.AttachVdev("net_null_run", "size=64");
        port.Configure(new EthPortOptions { RxQueues = 2, TxQueues = 2 }, fixture.Pool);
        Assert.Equal((2, 2), (port.Info.RxQueues, port.Info.TxQueues));
        port.Start();
        Assert.True(port.IsStarted);
        Assert.Equal(new LinkStatus(true, 10_000, true, false), port.Link);
        port.Stop();
        Assert.False(port.IsStarted);
        fixture.Eal.DetachVdev(port.Name);
    }

    [Fact]
    public void Counters_count_and_reset_when_packets_move()
    {
        EthPort port = fixture.StartVdev("net_null_stats", "size=100");
        BurstPointers burst = port.GetBurst(0);
        Mbuf** packets = stackalloc Mbuf*[8];
        Assert.Equal(8, burst.Rx(packets, 8));
        Assert.Equal(8, burst.Tx(packets, 8));
        EthStats stats = port.ReadStats();
        Assert.Equal((8UL, 8UL), (stats.RxPkts, stats.TxPkts));
        IReadOnlyDictionary<string, ulong> xstats = port.ReadXstats();
        Assert.Equal((8UL, 8UL), (xstats["rx_good_packets"], xstats["tx_good_packets"]));
        port.ResetStats();
        Assert.Equal(default, port.ReadStats());
        fixture.Eal.DetachVdev(port.Name);
    }

    [Fact]
    public void Burst_is_refused_when_the_port_is_stopped_or_the_queue_missing()
    {
        EthPort port = fixture.StartVdev("net_null_burst", "");
        Assert.Throws<ArgumentOutOfRangeException>(() => port.GetBurst(1));
        port.Stop();
        Assert.Throws<InvalidOperationException>(() => port.GetBurst(0));
        fixture.Eal.DetachVdev(port.Name);
    }

    [Fact]
    public void Failure_names_function_port_and_errno_when_there_are_too_many_queues()
    {
        EthPort port = fixture.Eal.AttachVdev("net_ring_q", "");
        EthPortException e = Assert.Throws<EthPortException>(
            () => port.Configure(new EthPortOptions { RxQueues = 1000 }, fixture.Pool));
        Assert.Equal(("rte_eth_dev_configure", 22, "net_ring_q"), (e.Operation, e.Errno, e.EthPort));
        Assert.Contains("EINVAL", e.Message, StringComparison.Ordinal);
        fixture.Eal.DetachVdev(port.Name);
    }

    [Fact]
    public void Start_is_refused_when_the_port_is_not_configured()
    {
        EthPort port = fixture.Eal.AttachVdev("net_null_raw", "");
        EthPortException e = Assert.Throws<EthPortException>(port.Start);
        Assert.Equal("rte_eth_dev_start", e.Operation);
        fixture.Eal.DetachVdev(port.Name);
    }

    [Fact]
    public void Promiscuous_mode_changes_when_the_driver_can()
    {
        EthPort port = fixture.StartVdev("net_ring_prom", "");
        port.SetPromiscuous(true);
        Assert.True(port.IsPromiscuous);
        port.SetPromiscuous(false);
        Assert.False(port.IsPromiscuous);
        fixture.Eal.DetachVdev(port.Name);
    }

    [Fact]
    public void Mtu_is_read_when_configured_and_typed_when_refused()
    {
        EthPort port = fixture.Eal.AttachVdev("net_ring_mtu", "");
        port.Configure(new EthPortOptions(), fixture.Pool);
        Assert.Equal(1500, port.Mtu);
        EthPortException e = Assert.Throws<EthPortException>(() => port.Mtu = 1400);
        Assert.Equal(("rte_eth_dev_set_mtu", 95), (e.Operation, e.Errno));
        fixture.Eal.DetachVdev(port.Name);
    }

    [Fact]
    public void Second_close_does_nothing_when_closed()
    {
        EthPort port = fixture.StartVdev("net_null_close", "");
        port.Close();
        port.Close();
        port.Dispose();
        Assert.Null(fixture.Eal.FindPort("net_null_close"));
        fixture.Eal.DetachVdev("net_null_close");
    }

    [Fact]
    public void Port_is_fresh_when_restarted()
    {
        EthPort port = fixture.StartVdev("net_ring_restart", "");
        port.Stop();
        port.Start();
        Mbuf* packet = fixture.Pool.Alloc();
        packet->TryWrite([9]);
        Assert.Equal(1, port.GetBurst(0).Tx(&packet, 1));
        Assert.Equal(1, port.GetBurst(0).Rx(&packet, 1));
        Mempool.Free(packet);
        fixture.Eal.DetachVdev(port.Name);
    }
}
