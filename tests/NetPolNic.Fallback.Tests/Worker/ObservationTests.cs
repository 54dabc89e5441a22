using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Tests.Rig;
using NetPolNic.Fallback.Worker;
using NetPolNic.Policy.Model;

namespace NetPolNic.Fallback.Tests.Worker;

/// <summary>What metrics, logs and a watchdog read.</summary>
[Collection(nameof(DpdkTests))]
public sealed class ObservationTests(DpdkFixture dpdk)
{
    private const string Open = "10.0.0.1";
    private const string Guarded = "10.0.0.2";
    private const string Wire = "10.9.0.9";

    [Fact]
    public void Counts_by_port()
    {
        using SwitchRig rig = Ready();
        byte[] allowed = FrameBuilder.Ip(Wire, Open).Udp(1, 2).Build();
        rig.Send(SwitchRig.Uplink, allowed);
        rig.Send(SwitchRig.Uplink, FrameBuilder.Ip(Wire, Guarded).Tcp(1, 81));
        rig.Send(SwitchRig.PodPort, FrameBuilder.Ip("10.0.0.77", Wire).Udp(1, 2));
        FallbackPortCounters[] ports = [.. rig.DataPath.ReadPorts()];
        Assert.Equal(dpdk.Ports.Select(p => p.Id), ports.Select(p => p.EthPortId));
        Assert.Equal([2ul, 1ul, 0ul], ports.Select(p => p.RxPkts));
        Assert.Equal([0ul, 1ul, 1ul], ports.Select(p => p.TxPkts));
        Assert.Equal((ulong)allowed.Length, ports[SwitchRig.PodPort].TxBytes);
        Assert.Equal(1ul, ports[SwitchRig.Uplink].Drops[DropReason.IngressDenied]);
        Assert.Equal(0ul, ports[SwitchRig.PodPort].Drops[DropReason.IngressDenied]);
        Assert.Equal(1ul, ports[SwitchRig.PodPort].Drops[DropReason.UnknownPod]);
        Assert.Equal(rig.Counters.RxBytes, ports.Aggregate(0ul, (sum, p) => sum + p.RxBytes));
        Assert.Equal(rig.Counters.TxBytes, ports.Aggregate(0ul, (sum, p) => sum + p.TxBytes));
    }

    [Fact]
    public void Counts_what_a_full_port_does_not_take_at_that_port()
    {
        using SwitchRig rig = Ready();
        for (int i = 0; i < DpdkFixture.TxRingEntries + 5; i++)
        {
            rig.Put(SwitchRig.SharedPort, FrameBuilder.Ip(Open, Wire).Macs(1, 3).Udp(1, i).Build());
        }

        while (rig.DataPath.PollOnce() > 0)
        {
        }

        Assert.Equal(5ul, rig.DataPath.ReadPorts()[SwitchRig.Uplink].Drops[DropReason.TxFull]);
        Assert.Equal(0ul, rig.DataPath.ReadPorts()[SwitchRig.SharedPort].Drops[DropReason.NotReady]);
    }

    [Fact]
    public void Denied_packets_are_numbered_so_that_a_reader_knows_what_it_missed()
    {
        using SwitchRig rig = Ready();
        for (int i = 1; i <= 3; i++)
        {
            rig.Send(SwitchRig.Uplink, FrameBuilder.Ip(Wire, Guarded).Tcp(i, 81));
        }

        DeniedPacket[] denied = [.. rig.DataPath.ReadDenied()];
        Assert.Equal([1L, 2L, 3L], denied.Select(d => d.Sequence));
        Assert.All(denied, d => Assert.Equal(Direction.Ingress, d.Direction));
        Assert.All(denied, d => Assert.Equal(rig.DataPath.NowMs, d.AtMs));
        for (int i = 4; i <= 20; i++)
        {
            rig.Send(SwitchRig.Uplink, FrameBuilder.Ip(Wire, Guarded).Tcp(i, 81));
        }

        // The ring holds eight.
        denied = [.. rig.DataPath.ReadDenied()];
        Assert.Equal(Enumerable.Range(13, 8).Select(i => (long)i), denied.Select(d => d.Sequence));
        Assert.Equal([13, 14, 15, 16, 17, 18, 19, 20], denied.Select(d => (int)d.SrcL4Port));
    }

    [Fact]
    public void A_watchdog_sees_that_the_thread_polls()
    {
        using SwitchRig rig = Ready();
        Assert.Equal(0, rig.DataPath.LastPollMs);
        rig.DataPath.PollOnce();
        Assert.Equal(rig.NowMs, rig.DataPath.LastPollMs);
        rig.DataPath.Start();
        rig.NowMs = 7_777;
        Assert.True(SpinWait.SpinUntil(() => rig.DataPath.LastPollMs == 7_777, 20_000));
        rig.DataPath.Stop();
        rig.NowMs = 8_888;
        Assert.Equal((8_888, 7_777), (rig.DataPath.NowMs, rig.DataPath.LastPollMs));
    }

    [Fact]
    public void A_loop_that_is_stuck_is_seen_for_as_long_as_it_is()
    {
        const int StuckMs = 12_000;
        long nowMs = 1_000;
        bool isStuck = false;
        using ManualResetEventSlim gate = new(true);
        FallbackOptions options = EngineRig.Small with
        {
            Cpus = [0],
            ClockMs = () =>
            {
                // Reading the clock is where the loop hangs, and only the loop.
                if (!gate.IsSet && Thread.CurrentThread.Name?.StartsWith("npn-rx", StringComparison.Ordinal) == true)
                {
                    Volatile.Write(ref isStuck, true);
                    gate.Wait();
                }

                return Volatile.Read(ref nowMs);
            },
        };
        using FallbackDataPath dataPath = new(
            options, dpdk.Pool, [new Switching.SwitchPort(dpdk.Ports[0], Switching.PortRole.Uplink)]);
        dataPath.Start();
        Assert.True(SpinWait.SpinUntil(() => dataPath.ReadCounters().Polls > 0, 20_000));
        gate.Reset();
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref isStuck), 20_000));
        Volatile.Write(ref nowMs, nowMs + StuckMs);
        Assert.Equal(
            new PollLoopStatus(0, 0, WorkerState.Running, TimeSpan.FromMilliseconds(StuckMs), 0, null),
            Assert.Single(dataPath.Loops));
        gate.Set();
        Assert.True(SpinWait.SpinUntil(() => dataPath.Loops[0].SincePoll == TimeSpan.Zero, 20_000));
        dataPath.Stop();
    }

    [Fact]
    public void Publishing_does_not_wait_for_a_thread_that_naps()
    {
        // A nap without end: were it waited for, the old snapshot would still be held when the wait is given up.
        using SnapshotPublisher publisher = new();
        using PollWorker worker = new(
            EngineRig.Small with { IdlePollsBeforeWait = 1, IdleWaitMs = -1 },
            publisher,
            dpdk.Pool,
            [new Switching.SwitchPort(dpdk.Ports[0], Switching.PortRole.Uplink)]);
        publisher.Publish(Snapshots.Of());
        worker.Start();
        Assert.True(
            SpinWait.SpinUntil(
                () => worker.ReadCounters().Polls > 0 && worker.Epoch.Announced == WorkerEpoch.Outside, 20_000));
        ulong polls = worker.ReadCounters().Polls;
        for (int i = 0; i < 100; i++)
        {
            publisher.Publish(Snapshots.Of(Snapshots.Pod(Guarded, Snapshots.Allow())));
            Assert.Equal(0, publisher.RetiredCount);
        }

        Assert.Equal(polls, worker.ReadCounters().Polls);
    }

    private SwitchRig Ready() => new SwitchRig(dpdk).With(
        Snapshots.Pod(Open), Snapshots.Pod(Guarded, Snapshots.Allow("0.0.0.0/0 : tcp/80")));
}
