using Dpdk.Mbuf;
using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Tests.Rig;
using NetPolNic.Fallback.Worker;

namespace NetPolNic.Fallback.Tests.Worker;

/// <summary>The whole data path on real DPDK ports.</summary>
[Collection(nameof(DpdkTests))]
public sealed unsafe class FallbackDataPathTests(DpdkFixture dpdk)
{
    private const string Open = "10.0.0.1";
    private const string Guarded = "10.0.0.2";
    private const string Wire = "10.9.0.9";
    private const ulong OpenMac = 0x02_00_00_00_0a_01;
    private const ulong GuardedMac = 0x02_00_00_00_0a_02;
    private const ulong WireMac = 0x02_00_00_00_0a_03;
    private const ulong Broadcast = 0xffffffffffff;

    [Fact]
    public void Forwards_nothing_before_the_first_policy()
    {
        using SwitchRig rig = new(dpdk);
        Assert.Equal("", rig.Send(SwitchRig.Uplink, FrameBuilder.Arp(Wire, Open)));
        Assert.Equal("", rig.Send(SwitchRig.PodPort, FrameBuilder.Ip(Open, Wire).Tcp(1, 2)));
        Assert.Equal(2ul, rig.Counters.Drops[DropReason.NotReady]);
    }

    [Fact]
    public void Floods_unknown_stations_and_learns_where_they_are()
    {
        using SwitchRig rig = Ready();
        Assert.Equal(
            "0 2", rig.Send(SwitchRig.PodPort, FrameBuilder.Ip(Open, Guarded).Macs(OpenMac, GuardedMac).Tcp(1, 80)));
        Assert.Equal("1", rig.Send(SwitchRig.Uplink, FrameBuilder.Ip(Wire, Open).Macs(WireMac, OpenMac).Udp(2, 1)));
        Assert.Equal("0", rig.Send(SwitchRig.PodPort, FrameBuilder.Ip(Open, Wire).Macs(OpenMac, WireMac).Udp(1, 2)));
        Assert.Equal("1", rig.Send(SwitchRig.SharedPort, FrameBuilder.Ip(Guarded, Open).Macs(9, OpenMac).Udp(2, 1)));
        Assert.Equal(1ul, rig.Counters.FloodedCopies);
    }

    [Fact]
    public void Flooded_copies_equal_the_frame()
    {
        using SwitchRig rig = Ready();
        byte[] frame = FrameBuilder.Ip(Wire, Open).Vlan(7).Udp(1, 2, 100).Build();
        rig.Put(SwitchRig.Uplink, frame);
        rig.DataPath.PollOnce();
        Assert.Equal(frame, Assert.Single(rig.TakeAll(SwitchRig.PodPort)));
        Assert.Equal(frame, Assert.Single(rig.TakeAll(SwitchRig.SharedPort)));
    }

    [Fact]
    public void Forgets_a_station_that_is_silent()
    {
        using SwitchRig rig = Ready();
        rig.Send(SwitchRig.PodPort, FrameBuilder.Ip(Open, Wire).Macs(OpenMac, WireMac).Udp(1, 2));
        rig.NowMs += 300_001;
        Assert.Equal("1 2", rig.Send(SwitchRig.Uplink, FrameBuilder.Ip(Wire, Open).Macs(WireMac, OpenMac).Udp(2, 1)));
    }

    [Fact]
    public void Stations_of_different_vlans_are_different()
    {
        using SwitchRig rig = Ready();
        rig.Send(SwitchRig.PodPort, FrameBuilder.Ip(Open, Wire).Vlan(5).Macs(OpenMac, WireMac).Udp(1, 2));
        Assert.Equal("1 2", rig.Send(SwitchRig.Uplink, FrameBuilder.Ip(Wire, Open).Macs(WireMac, OpenMac).Udp(2, 1)));
        Assert.Equal(
            "1", rig.Send(SwitchRig.Uplink, FrameBuilder.Ip(Wire, Open).Vlan(5).Macs(WireMac, OpenMac).Udp(2, 1)));
    }

    [Fact]
    public void Only_a_reflecting_port_sends_frames_back()
    {
        using SwitchRig rig = Ready();
        rig.Send(SwitchRig.SharedPort, FrameBuilder.Ip(Open, Wire).Macs(OpenMac, WireMac).Udp(1, 2));
        Assert.Equal("2", rig.Send(SwitchRig.SharedPort, FrameBuilder.Ip(Guarded, Open).Macs(9, OpenMac).Udp(1, 2)));
        rig.Send(SwitchRig.Uplink, FrameBuilder.Ip(Wire, Open).Macs(WireMac, OpenMac).Udp(1, 2));
        Assert.Equal("", rig.Send(SwitchRig.Uplink, FrameBuilder.Ip(Wire, Wire).Macs(8, WireMac).Udp(1, 2)));
        Assert.Equal(1ul, rig.Counters.Drops[DropReason.SameEthPort]);
        Assert.Equal("0 1 2", rig.Send(SwitchRig.SharedPort, FrameBuilder.Arp(Guarded, Open, 9)));
    }

    [Fact]
    public void A_pod_port_is_closed_for_addresses_of_no_known_pod() // S-b18
    {
        const string Unknown = "10.0.0.77";
        using SwitchRig rig = Ready();
        Assert.Equal("", rig.Send(SwitchRig.PodPort, FrameBuilder.Ip(Unknown, Wire).Macs(7, WireMac).Udp(1, 2)));
        Assert.Equal("", rig.Send(SwitchRig.Uplink, FrameBuilder.Ip(Wire, Unknown).Macs(WireMac, 7).Udp(1, 2)));
        Assert.Equal("", rig.Send(SwitchRig.Uplink, FrameBuilder.Ip(Wire, Unknown).Macs(WireMac, Broadcast).Udp(1, 2)));
        Assert.Equal("0", rig.Send(SwitchRig.PodPort, FrameBuilder.Ip(Open, Unknown).Macs(OpenMac, 8).Udp(1, 2)));
        Assert.Equal(2ul, rig.Counters.Drops[DropReason.UnknownPod]);
        Assert.Equal(1ul, rig.Counters.Drops[DropReason.NoReceiver]);
    }

    [Fact]
    public void Enforces_policy_between_pods_behind_one_port()
    {
        using SwitchRig rig = Ready();
        Assert.Equal(
            "",
            rig.Send(SwitchRig.SharedPort, FrameBuilder.Ip(Open, Guarded).Macs(OpenMac, GuardedMac).Tcp(1, 81)));
        Assert.NotEqual(
            "",
            rig.Send(SwitchRig.SharedPort, FrameBuilder.Ip(Open, Guarded).Macs(OpenMac, GuardedMac).Tcp(1, 80)));
        Assert.NotEqual(
            "",
            rig.Send(SwitchRig.SharedPort, FrameBuilder.Ip(Guarded, Open).Macs(GuardedMac, OpenMac).Tcp(80, 1, 0x12)));
        Assert.Equal(1ul, rig.Counters.Drops[DropReason.IngressDenied]);
        Assert.Equal(81, Assert.Single(rig.DataPath.ReadDenied()).DstL4Port);
    }

    [Fact]
    public void Multicast_reaches_no_port_with_an_isolated_pod_behind_that_may_not_receive_it()
    {
        using SwitchRig rig = Ready();
        FrameBuilder multicast =
            FrameBuilder.Ip(Wire, "224.0.0.251").Macs(WireMac, 0x01_00_5e_00_00_fb).Udp(5353, 5353);

        // Nobody knows yet where the isolated pod is.
        Assert.Equal("", rig.Send(SwitchRig.Uplink, multicast));
        Assert.Equal(1ul, rig.Counters.Drops[DropReason.NoReceiver]);
        Assert.Equal("0 1 2", rig.Send(SwitchRig.SharedPort, FrameBuilder.Arp(Guarded, Open, GuardedMac)));
        Assert.Equal("1", rig.Send(SwitchRig.Uplink, multicast));

        // Of a directed broadcast only the subnet's owner knows that it is one: to the switch it is no known pod.
        Assert.Equal(
            "",
            rig.Send(SwitchRig.Uplink, FrameBuilder.Ip(Wire, "10.0.0.255").Macs(WireMac, Broadcast).Udp(1, 2)));
        Assert.Equal(
            "1",
            rig.Send(SwitchRig.Uplink, FrameBuilder.Ip(Wire, "255.255.255.255").Macs(WireMac, Broadcast).Udp(1, 2)));

        // The pod's policy lets this one in; from the pod itself it may go anywhere.
        Assert.Equal(
            "0 2",
            rig.Send(SwitchRig.PodPort, FrameBuilder.Ip(Open, "224.0.0.251").Macs(OpenMac, Broadcast).Tcp(1, 80)));
        Assert.Equal(
            "0 1 2",
            rig.Send(
                SwitchRig.SharedPort, FrameBuilder.Ip(Guarded, "224.0.0.251").Macs(GuardedMac, Broadcast).Udp(1, 2)));
    }

    [Fact]
    public void Neighbour_discovery_and_arp_are_flooded_to_isolated_pods_too()
    {
        using SwitchRig rig = Ready();
        Assert.Equal(
            "1 2",
            rig.Send(
                SwitchRig.Uplink, FrameBuilder.Ip("fd00::9", "ff02::1").Macs(WireMac, 0x3333_0000_0001).Icmp(135)));
        Assert.Equal("1 2", rig.Send(SwitchRig.Uplink, FrameBuilder.Arp(Wire, Guarded, WireMac)));
    }

    [Fact]
    public void Counts_and_frees_what_a_port_does_not_take()
    {
        using SwitchRig rig = Ready();
        rig.Send(SwitchRig.PodPort, FrameBuilder.Ip(Open, Wire).Macs(OpenMac, WireMac).Udp(1, 2));
        for (int i = 0; i < 100; i++)
        {
            rig.Put(SwitchRig.Uplink, FrameBuilder.Ip(Wire, Open).Macs(WireMac, OpenMac).Udp(2, i).Build());
        }

        while (rig.DataPath.PollOnce() > 0)
        {
        }

        Assert.Equal(DpdkFixture.TxRingEntries, rig.TakeAll(SwitchRig.PodPort).Count);
        Assert.Equal(100ul - DpdkFixture.TxRingEntries, rig.Counters.Drops[DropReason.TxFull]);
        Assert.Equal(
            rig.Counters.RxPkts + rig.Counters.FloodedCopies - rig.Counters.Drops[DropReason.TxFull],
            rig.Counters.TxPkts);
    }

    [Fact]
    public void A_flood_without_buffers_still_reaches_one_port_and_is_counted()
    {
        Mbuf** all = stackalloc Mbuf*[63];
        Assert.True(dpdk.SmallPool.TryAllocBulk(all, 63));
        using (SwitchRig rig = new SwitchRig(dpdk, copies: dpdk.SmallPool).With())
        {
            Assert.Equal("2", rig.Send(SwitchRig.Uplink, FrameBuilder.Arp(Wire, Open)));
            Assert.Equal(1ul, rig.Counters.Drops[DropReason.NoMbuf]);
        }

        Mempool.FreeBulk(all, 63);
    }

    [Fact]
    public void Reads_headers_across_segments()
    {
        using SwitchRig rig = Ready();
        byte[] allowed = FrameBuilder.Ip(Wire, Guarded).Tcp(1, 80, payload: 900).Build();
        byte[] denied = FrameBuilder.Ip(Wire, Guarded).Tcp(1, 81, payload: 900).Build();
        rig.PutSegments(SwitchRig.Uplink, allowed, 13, 30, 41);
        rig.PutSegments(SwitchRig.Uplink, denied, 13, 30, 41);
        rig.PutSegments(SwitchRig.Uplink, allowed, 200);
        rig.DataPath.PollOnce();
        Assert.Equal([allowed, allowed], rig.TakeAll(SwitchRig.PodPort));
        Assert.Equal([allowed, allowed], rig.TakeAll(SwitchRig.SharedPort));
        Assert.Equal(1ul, rig.Counters.Drops[DropReason.IngressDenied]);
    }

    [Fact]
    public void Verifies_the_marks_of_the_nic()
    {
        using SwitchRig rig = Ready();
        rig.Put(SwitchRig.Uplink, FrameBuilder.Ip(Wire, Open).Tcp(1, 80).Build(), marked: true);
        rig.Put(SwitchRig.Uplink, FrameBuilder.Ip(Wire, Guarded).Tcp(1, 81).Build(), marked: true);
        rig.Put(SwitchRig.Uplink, FrameBuilder.Ip(Wire, Guarded).Tcp(1, 81).Build());
        rig.DataPath.PollOnce();
        Assert.Equal((1ul, 1ul), (rig.Counters.HintsAgreed, rig.Counters.HintsDisagreed));
        Assert.Equal(2ul, rig.Counters.Drops[DropReason.IngressDenied]);
    }

    [Fact]
    public void Forgets_connections_when_told_to()
    {
        using SwitchRig rig = new SwitchRig(dpdk).With(
            Snapshots.Pod(Guarded, Snapshots.Allow("0.0.0.0/0 : tcp/80"), Snapshots.Allow()));
        rig.Send(SwitchRig.Uplink, FrameBuilder.Ip(Wire, Guarded).Tcp(1, 80));
        Assert.NotEqual("", rig.Send(SwitchRig.SharedPort, FrameBuilder.Ip(Guarded, Wire).Tcp(80, 1, 0x12)));
        rig.DataPath.ForgetConnections();
        Assert.Equal("", rig.Send(SwitchRig.SharedPort, FrameBuilder.Ip(Guarded, Wire).Tcp(80, 1, 0x12)));
    }

    [Fact]
    public void A_thread_forwards_takes_new_policies_and_stops()
    {
        using SwitchRig rig = Ready();
        rig.DataPath.Start();
        Assert.Throws<InvalidOperationException>(() => rig.DataPath.Start());
        Assert.Throws<InvalidOperationException>(() => rig.DataPath.PollOnce());
        Assert.Equal(WorkerState.Running, rig.DataPath.State);
        rig.Put(SwitchRig.Uplink, FrameBuilder.Ip(Wire, Guarded).Tcp(1, 80).Build());
        Assert.True(SpinWait.SpinUntil(() => rig.TakeAll(SwitchRig.SharedPort).Count > 0, 20_000), State(rig));
        rig.With(Snapshots.Pod(Guarded, Snapshots.Allow()));
        rig.Put(SwitchRig.Uplink, FrameBuilder.Ip(Wire, Guarded).Tcp(1, 80).Build());
        Assert.True(
            SpinWait.SpinUntil(() => rig.Counters.Drops[DropReason.IngressDenied] > 0, 20_000), State(rig));
        rig.DataPath.Stop();
        rig.DataPath.Stop();
        Assert.Equal(WorkerState.Stopped, rig.DataPath.State);
        Assert.Null(rig.DataPath.Fault);
    }

    private static string State(SwitchRig rig) =>
        $"{rig.DataPath.State} {rig.DataPath.Fault} rx {rig.Counters.RxPkts} polls {rig.Counters.Polls} " +
        $"{string.Join(' ', rig.Counters.Drops.Where(entry => entry.Value > 0))} " +
        $"{string.Join(' ', rig.Counters.Decisions.Where(entry => entry.Value > 0))}";

    [Fact]
    public void Allocates_nothing_per_packet()
    {
        using SwitchRig rig = Ready();
        byte[][] frames =
        [
            FrameBuilder.Ip(Wire, Guarded).Macs(WireMac, GuardedMac).Tcp(1, 80).Build(),
            FrameBuilder.Ip(Wire, Guarded).Macs(WireMac, GuardedMac).Tcp(1, 81).Build(),
            FrameBuilder.Ip(Wire, "224.0.0.251").Macs(WireMac, Broadcast).Udp(5353, 5353).Build(),
            FrameBuilder.Arp(Wire, Open, WireMac),
        ];
        long allocated = 0;
        for (int round = 0; round < 40; round++)
        {
            Array.ForEach(frames, f => rig.Put(SwitchRig.Uplink, f));
            rig.PutSegments(SwitchRig.Uplink, frames[0], 20);
            rig.NowMs += 5;
            long before = GC.GetAllocatedBytesForCurrentThread();
            rig.DataPath.PollOnce();
            allocated += round < 20 ? 0 : GC.GetAllocatedBytesForCurrentThread() - before;
            for (int port = 0; port < DpdkFixture.PortCount; port++)
            {
                rig.TakeAll(port);
            }
        }

        Assert.Equal(0, allocated);
    }

    /// <summary>An open pod, and an isolated one that takes TCP 80.</summary>
    private SwitchRig Ready() => new SwitchRig(dpdk).With(
        Snapshots.Pod(Open), Snapshots.Pod(Guarded, Snapshots.Allow("0.0.0.0/0 : tcp/80")));
}
