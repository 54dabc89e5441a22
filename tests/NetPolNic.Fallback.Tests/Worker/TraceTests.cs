using NetPolNic.Fallback.Conntrack;
using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Tests.Rig;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Fallback.Tests.Worker;

/// <summary>Traces through the real state, polled from outside and by the thread.</summary>
[Collection(nameof(DpdkTests))]
public sealed class TraceTests(DpdkFixture dpdk)
{
    private const string Guarded = "10.0.0.2";
    private const string Wire = "10.9.0.9";
    private const string Node = "10.9.0.1";
    private const byte Syn = 0x02;
    private const byte Ack = 0x10;

    private static readonly LocalEndpoint s_pod = Snapshots.Pod(
        Guarded, Snapshots.Allow("0.0.0.0/0 : tcp/80 udp/53"), Snapshots.Allow(), Node);

    [Fact]
    public void Says_what_would_become_of_a_packet_and_why()
    {
        using SwitchRig rig = new SwitchRig(dpdk).With(s_pod);
        FallbackTrace allowed = rig.DataPath.Trace(Tcp(Wire, Guarded, 9, 80, Syn));
        Assert.Equal(PacketDecision.Forward(DecisionKind.NewAllowed), allowed.Decision);
        Assert.Null(allowed.Src);
        Assert.Same(s_pod, allowed.Dst);
        Assert.False(allowed.IsExempt);
        Assert.Null(allowed.Connection);
        Assert.Equal(DropReason.IngressDenied, rig.DataPath.Trace(Tcp(Wire, Guarded, 9, 81, Syn)).Decision.Reason);
        FallbackTrace exempt = rig.DataPath.Trace(Tcp(Guarded, Node, 9, 81, Syn));
        Assert.Equal((DecisionKind.Exempt, true), (exempt.Decision.Kind, exempt.IsExempt));
        Assert.Same(s_pod, exempt.Src);
    }

    [Fact]
    public void Shows_the_connection_and_changes_nothing()
    {
        using SwitchRig rig = new SwitchRig(dpdk).With(s_pod);
        rig.DataPath.Trace(Tcp(Wire, Guarded, 9, 80, Syn));
        Assert.Equal(0, rig.DataPath.ConnectionCount);
        Assert.Equal(DropReason.EgressDenied, rig.DataPath.Trace(Tcp(Guarded, Wire, 80, 9, Ack)).Decision.Reason);
        Assert.Empty(rig.DataPath.ReadDenied());

        rig.Send(SwitchRig.Uplink, FrameBuilder.Ip(Wire, Guarded).Tcp(9, 80, Syn));
        rig.NowMs += 5_000;
        FallbackTrace reply = rig.DataPath.Trace(Tcp(Guarded, Wire, 80, 9, Ack));
        Assert.Equal(DecisionKind.Established, reply.Decision.Kind);
        Assert.Equal(new TracedConnection(ConnectionState.Opening, false, false, 5, 55_000), reply.Connection);
        Assert.True(rig.DataPath.Trace(Tcp(Wire, Guarded, 9, 80, Ack)).Connection!.IsOpenedBySrc);

        rig.With(Snapshots.Pod(Guarded, Snapshots.Allow(), Snapshots.Allow()));
        reply = rig.DataPath.Trace(Tcp(Guarded, Wire, 80, 9, Ack));
        Assert.Equal((DropReason.ConnectionCut, true), (reply.Decision.Reason, reply.Connection!.IsCut));
        Assert.Equal(0ul, rig.Counters.ConnectionsCut);
        rig.NowMs += 56_000;
        Assert.Null(rig.DataPath.Trace(Tcp(Guarded, Wire, 80, 9, Ack)).Connection);
        Assert.Equal(0ul, rig.Counters.ConnectionsExpired);
    }

    [Fact]
    public void Before_the_first_policy_nothing_would_pass()
    {
        using SwitchRig rig = new(dpdk);
        Assert.Equal(DropReason.NotReady, rig.DataPath.Trace(Tcp(Wire, Guarded, 9, 80, Syn)).Decision.Reason);
    }

    [Fact]
    public void Refuses_addresses_of_two_families()
    {
        using SwitchRig rig = new SwitchRig(dpdk).With(s_pod);
        Assert.Throws<ArgumentException>(() => rig.DataPath.Trace(Tcp(Wire, "fd00::1", 9, 80, Syn)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void The_polling_thread_answers_also_when_it_naps(int idlePollsBeforeWait)
    {
        // A nap without end: only what wakes the thread ends it.
        using SwitchRig rig = new SwitchRig(
            dpdk, EngineRig.Small with { IdlePollsBeforeWait = idlePollsBeforeWait, IdleWaitMs = -1 }).With(s_pod);
        rig.DataPath.Start();
        for (int i = 0; i < 50; i++)
        {
            Assert.Equal(
                DecisionKind.NewAllowed, rig.DataPath.Trace(Tcp(Wire, Guarded, (ushort)i, 80, Syn)).Decision.Kind);
            rig.With(s_pod);
        }

        rig.DataPath.Stop();
        Assert.Equal(
            DropReason.IngressDenied, rig.DataPath.Trace(Tcp(Wire, Guarded, 9, 81, Syn)).Decision.Reason);
    }

    [Fact]
    public void Many_may_ask_while_policies_are_published()
    {
        using SwitchRig rig = new SwitchRig(dpdk).With(s_pod);
        rig.DataPath.Start();
        int answered = 0;
        Thread[] askers =
        [
            .. Enumerable.Range(0, 3).Select(n => new Thread(() =>
            {
                for (int i = 0; i < 100; i++)
                {
                    FallbackTrace trace = rig.DataPath.Trace(Tcp(Wire, Guarded, (ushort)(1 + n), 80, Syn));
                    bool isRight = trace.Decision.Kind == DecisionKind.NewAllowed && trace.Dst?.Uid == s_pod.Uid;
                    Interlocked.Add(ref answered, isRight ? 1 : 0);
                }
            })),
        ];
        Array.ForEach(askers, t => t.Start());
        for (int i = 0; i < 200; i++)
        {
            rig.With(s_pod, Snapshots.Pod("10.0.0." + (3 + (i % 200))));
        }

        Array.ForEach(askers, t => t.Join());
        Assert.Equal(300, answered);
    }

    private static FallbackProbe Tcp(string src, string dst, ushort srcL4Port, ushort dstL4Port, byte flags) =>
        new(IpAddr.Parse(src), IpAddr.Parse(dst), 6, srcL4Port, dstL4Port, flags);
}
