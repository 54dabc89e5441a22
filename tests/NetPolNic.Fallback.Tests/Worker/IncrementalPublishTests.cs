using CsCheck;
using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Tests.Rig;
using NetPolNic.Fallback.Worker;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Fallback.Tests.Worker;

/// <summary>
/// Snapshots that were published one after the other decide like the last one alone: pods come, go, and leave their
/// address to another; sets change, return, and are equal without being the same.
/// </summary>
public sealed class IncrementalPublishTests
{
    private static readonly string[] s_pods = ["10.0.0.1 fd00::1", "10.0.0.2", "10.0.0.3 fd00::3", "10.0.0.4"];

    private static readonly IpAddr[] s_addresses =
    [
        .. s_pods.SelectMany(p => p.Split(' ')).Select(IpAddr.Parse),
        IpAddr.Parse("10.0.0.9"), IpAddr.Parse("192.0.2.7"), IpAddr.Parse("fd00::9"),
    ];

    private static readonly string[][] s_sets =
    [
        [],
        ["10.0.0.0/24 : tcp/80 udp/53"],
        ["10.0.0.1/32 10.0.0.3/32 fd00::3/128 : all"],
        ["0.0.0.0/0 ::/0 : tcp/80", "10.0.0.2/32 : udp/1-60000"],
        ["192.0.2.0/24 10.0.0.4/32 : tcp/81 udp/53", "fd00::/64 : udp/53"],
    ];

    private static readonly Gen<PodChoice> s_pod =
        from owner in Gen.Int[0, 2]
        from ingress in Gen.Int[0, 5]
        from egress in Gen.Int[0, 7]
        from node in Gen.Int[0, 5]
        select new PodChoice(owner, ingress, egress, node);

    private static readonly Gen<Step[]> s_steps =
        (from pods in s_pod.Array[s_pods.Length]
         from flows in (from src in Gen.OneOf(s_addresses)
                        from dst in Gen.OneOf(s_addresses)
                        from port in Gen.OneOf((ushort)53, (ushort)80, (ushort)81)
                        from tcp in Gen.Bool
                        where src.Family == dst.Family
                        select new Flow(src, dst, tcp ? (byte)6 : (byte)17, port)).Array[0, 4]
         select new Step(pods, flows)).Array[1, 12];

    [Fact]
    public void Decides_like_the_last_snapshot_alone() => s_steps.Sample(AssertDecidesLikeTheLast, iter: 600);

    [Fact]
    public void Builds_a_policy_set_once_for_as_long_as_it_is_used()
    {
        using SnapshotPublisher publisher = new();
        PolicySnapshot[] snapshots =
        [
            Snapshots.Of(Pod(0, 1), Pod(1, 1), Pod(2, 2)),
            Snapshots.Of(Pod(0, 1), Pod(1, 2), Pod(2, 2)),
            Snapshots.Of(Pod(0, 1), Pod(1, 2)),
            Snapshots.Of(Pod(0, 1)),
        ];
        long[] built = [2, 2, 2, 2];
        int[] held = [2, 2, 2, 1];
        for (int i = 0; i < snapshots.Length; i++)
        {
            publisher.Publish(snapshots[i]);
            Assert.Equal((built[i], held[i]), (publisher.SetTablesBuilt, publisher.SetTableCount));
        }

        publisher.Publish(snapshots[0]);
        Assert.Equal((3L, 2), (publisher.SetTablesBuilt, publisher.SetTableCount));
        publisher.Publish(Snapshots.Of());
        Assert.Equal((0, 0L), (publisher.SetTableCount, publisher.SetTableBytes));
    }

    [Fact]
    public void Keeps_the_tables_of_an_old_snapshot_while_a_worker_may_hold_it()
    {
        using SnapshotPublisher publisher = new();
        WorkerEpoch worker = publisher.Register();
        publisher.Publish(Snapshots.Of(Pod(0, 1)));
        worker.Enter();
        publisher.Publish(Snapshots.Of(Pod(0, 2)));
        Assert.Equal((2, 1), (publisher.SetTableCount, publisher.RetiredCount));
        worker.Exit();
        Assert.Equal(0, publisher.RetiredCount);
        Assert.Equal(1, publisher.SetTableCount);
        publisher.Unregister(worker);
    }

    [Fact]
    public void Ten_thousand_publishes_leave_no_memory_behind()
    {
        using SnapshotPublisher publisher = new();
        PolicySnapshot[] snapshots =
        [
            .. Enumerable.Range(0, 16).Select(i => Snapshots.Of(
                Pod(0, i % 5), Pod(1, (i / 2) % 5), Pod(i % 2 == 0 ? 2 : 3, 1 + (i % 3)))),
        ];
        Dictionary<int, (int Count, long Bytes, long Total)> first = [];
        for (int i = 0; i < 10_000; i++)
        {
            int which = i * 7 % snapshots.Length;
            publisher.Publish(snapshots[which]);
            (int Count, long Bytes, long Total) now =
                (publisher.SetTableCount, publisher.SetTableBytes, publisher.MemoryBytes);
            Assert.Equal(first.TryAdd(which, now) ? now : first[which], now);
        }

        Assert.Equal(0, publisher.RetiredCount);
    }

    [Fact]
    public void A_worker_decides_by_whole_snapshots_while_they_are_published()
    {
        // Both pods are open or both are closed: the first packet is let out if the second is.
        LocalEndpoint[] open = [Pod(0, 3), Pod(1, 3)];
        LocalEndpoint[] closed = [Pod(0, 0), Pod(1, 0)];
        using EngineRig rig = new EngineRig().With(open);
        byte[] frame = FrameBuilder.Ip("10.0.0.9", "10.0.0.1").Tcp(1, 80, 0x02).Build();
        bool done = false;
        long decided = 0;
        long wrong = 0;
        Thread worker = new(() =>
        {
            while (!Volatile.Read(ref done))
            {
                PacketDecision decision = rig.Send(frame);
                bool isRight = decision.Kind == DecisionKind.NewAllowed || decision.Reason == DropReason.IngressDenied;
                wrong += isRight ? 0 : 1;
                Interlocked.Increment(ref decided);
            }
        });
        worker.Start();
        for (int i = 0; i < 2_000; i++)
        {
            rig.With(i % 2 == 0 ? closed : open);
        }

        Assert.True(SpinWait.SpinUntil(() => Interlocked.Read(ref decided) > 0, 20_000));
        Volatile.Write(ref done, true);
        worker.Join();
        Assert.Equal(0, wrong);
        Assert.Equal(DecisionKind.NewAllowed, rig.Send(frame).Kind);
    }

    private static void AssertDecidesLikeTheLast(Step[] steps)
    {
        using EngineRig grown = new(EngineRig.Small with { ConnectionCapacity = 4096 });
        using EngineRig fresh = new();
        List<Opened> opened = [];
        PolicySnapshot last = PolicySnapshot.Empty;
        foreach (Step step in steps)
        {
            last = Snapshots.Of([.. step.Pods.SelectMany((p, i) => p.Endpoint(i))]);
            grown.Engine.Publish(last);
            SnapshotQuery query = new(last);
            opened.ForEach(o => o.Note(query));
            foreach (Flow flow in step.Flows)
            {
                ushort srcL4Port = (ushort)(20_000 + opened.Count);
                bool allowed = query.Allows(flow.Src, flow.Dst, flow.IpProto, flow.DstL4Port);
                Assert.Equal(allowed, grown.Passes(flow.Frame(srcL4Port)));
                opened.Add(new Opened(flow, srcL4Port, allowed, query));
            }
        }

        fresh.Engine.Publish(last);
        SnapshotQuery wanted = new(last);
        ushort next = 1000;
        foreach ((IpAddr src, IpAddr dst) in s_addresses.SelectMany(a => s_addresses.Select(b => (a, b))))
        {
            foreach (ushort port in src.Family == dst.Family ? new ushort[] { 53, 80, 81, 0 } : [])
            {
                foreach (byte proto in new byte[] { 6, 17 })
                {
                    Flow flow = new(src, dst, proto, port);
                    PacketDecision decision = grown.Send(flow.Frame(next));
                    Assert.Equal(fresh.Send(flow.Frame(next)), decision);
                    Assert.Equal(wanted.Allows(src, dst, proto, port), decision.IsForward);
                    grown.Engine.Publish(last);
                    next++;
                }
            }

            opened.ForEach(o => o.AssertReply(wanted, src, dst, grown));
        }
    }

    private static LocalEndpoint Pod(int pod, int set) =>
        Snapshots.Pod(s_pods[pod], Snapshots.Allow(s_sets[set]), uid: "uid" + pod);

    private sealed record PodChoice(int Owner, int Ingress, int Egress, int Node)
    {
        /// <summary>Nothing, or one of two pods with one address.</summary>
        public IEnumerable<LocalEndpoint> Endpoint(int pod)
        {
            if (Owner > 0)
            {
                yield return Snapshots.Pod(
                    s_pods[pod],
                    Ingress < s_sets.Length ? Snapshots.Allow(s_sets[Ingress]) : null,
                    Egress < s_sets.Length ? Snapshots.Allow(s_sets[Egress]) : null,
                    Node == 0 ? "10.0.0.9" : "",
                    $"uid{pod}-{Owner}");
            }
        }
    }

    private sealed record Flow(IpAddr Src, IpAddr Dst, byte IpProto, ushort DstL4Port)
    {
        public FrameBuilder Frame(ushort srcL4Port) => IpProto == 6
            ? FrameBuilder.Ip(Src, Dst).Tcp(srcL4Port, DstL4Port, 0x02)
            : FrameBuilder.Ip(Src, Dst).Udp(srcL4Port, DstL4Port);
    }

    private sealed record Step(PodChoice[] Pods, Flow[] Flows);

    /// <summary>A connection that was opened on the way, and whether its pods were there all the time since.</summary>
    private sealed class Opened(Flow flow, ushort srcL4Port, bool allowed, SnapshotQuery at)
    {
        private readonly string? _srcUid = at.Find(flow.Src)?.Uid;
        private readonly string? _dstUid = at.Find(flow.Dst)?.Uid;

        // What is exempt is not tracked.
        private bool _lives = allowed && !at.IsExempt(flow.Src, flow.Dst);

        // An address that was no pod's and is none's again is as good as one that never was.
        public void Note(SnapshotQuery query) => _lives &=
            (_srcUid is null || query.Find(flow.Src)?.Uid == _srcUid) &&
            (_dstUid is null || query.Find(flow.Dst)?.Uid == _dstUid);

        /// <summary>The reply, sent once, when its pair of addresses comes up.</summary>
        public void AssertReply(SnapshotQuery query, IpAddr src, IpAddr dst, EngineRig rig)
        {
            if (flow.Src != src || flow.Dst != dst)
            {
                return;
            }

            _lives &= query.Find(src)?.Uid == _srcUid && query.Find(dst)?.Uid == _dstUid;
            bool asNew = query.Allows(dst, src, flow.IpProto, srcL4Port);
            bool expected = query.IsExempt(src, dst) ||
                (_lives ? query.Allows(src, dst, flow.IpProto, flow.DstL4Port) : asNew);
            FrameBuilder reply = flow.IpProto == 6
                ? FrameBuilder.Ip(dst, src).Tcp(flow.DstL4Port, srcL4Port, 0x10)
                : FrameBuilder.Ip(dst, src).Udp(flow.DstL4Port, srcL4Port);
            Assert.Equal(expected, rig.Passes(reply));
        }
    }
}
