using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Tests.Rig;

namespace NetPolNic.Fallback.Tests.Conntrack;

public sealed class EvictionTests
{
    private const string Pod = "10.0.0.1";
    private const string Peer = "10.0.0.2";

    [Fact]
    public void Half_open_connections_make_room_and_established_ones_stay()
    {
        using EngineRig rig = Tiny();
        Establish(rig, 8);
        for (int i = 0; i < 1000; i++)
        {
            rig.NowMs++;
            Assert.True(rig.Passes(FrameBuilder.Ip(Pod, Peer).Tcp(10_000 + i, 80)));
        }

        for (int i = 0; i < 8; i++)
        {
            Assert.Equal(DecisionKind.Established, rig.Send(FrameBuilder.Ip(Peer, Pod).Tcp(80, 100 + i, 0x10)).Kind);
        }

        Assert.Equal(16, rig.Engine.ConnectionCount);
        Assert.Equal(1000ul - 8, rig.Counters.ConnectionsEvicted);
        Assert.Equal(0ul, rig.Counters.ConnectionsUntracked);
    }

    [Fact]
    public void The_newest_half_open_connection_survives()
    {
        using EngineRig rig = Tiny();
        for (int i = 0; i < 100; i++)
        {
            rig.NowMs++;
            rig.Send(FrameBuilder.Ip(Pod, Peer).Tcp(10_000 + i, 80));
            Assert.Equal(DecisionKind.Established, rig.Send(FrameBuilder.Ip(Pod, Peer).Tcp(10_000 + i, 80, 0x10)).Kind);
        }
    }

    [Fact]
    public void A_connection_that_finds_no_slot_passes_untracked_and_its_reply_is_judged_as_new()
    {
        using EngineRig rig = Tiny();
        Establish(rig, 16);
        Assert.Equal(DecisionKind.NewAllowed, rig.Send(FrameBuilder.Ip(Pod, Peer).Tcp(9, 80)).Kind);
        Assert.Equal(DropReason.IngressDenied, rig.Send(FrameBuilder.Ip(Peer, Pod).Tcp(80, 9, 0x12)).Reason);
        Assert.Equal(1ul, rig.Counters.ConnectionsUntracked);
    }

    [Fact]
    public void Expired_connections_make_room_first()
    {
        using EngineRig rig = Tiny(sweepSlots: 0);
        Establish(rig, 16);
        rig.NowMs += 7_440_001;
        Assert.True(rig.Passes(FrameBuilder.Ip(Pod, Peer).Tcp(9, 80)));
        Assert.True(rig.Passes(FrameBuilder.Ip(Peer, Pod).Tcp(80, 9, 0x12)));
        Assert.Equal(0ul, rig.Counters.ConnectionsEvicted);
    }

    [Fact]
    public void The_oldest_fragment_verdict_makes_room_and_without_it_fragments_are_dropped()
    {
        using EngineRig rig = new EngineRig(EngineRig.Small with { FragmentCapacity = 4 }).With(
            Snapshots.Pod(Pod, Snapshots.Allow("0.0.0.0/0 : udp/53"), Snapshots.Allow()));
        for (uint id = 1; id <= 5; id++)
        {
            rig.NowMs++;
            Assert.True(rig.Passes(FrameBuilder.Ip(Peer, Pod).Fragment(id, 0, true).Udp(9, 53, 16, 500)));
        }

        for (uint id = 1; id <= 5; id++)
        {
            FrameBuilder later = FrameBuilder.Ip(Peer, Pod).Fragment(id, 3, true).Raw(17, new byte[16]);
            Assert.Equal(id != 1, rig.Passes(later));
        }

        Assert.Equal(1ul, rig.Counters.FragmentsEvicted);
    }

    [Fact]
    public void A_pod_with_its_fill_of_connections_takes_none_from_others()
    {
        const string OtherPod = "10.0.0.3";
        using EngineRig rig = new EngineRig(
            EngineRig.Small with { ConnectionCapacity = 64, ConnectionsPerPod = 20, SweepSlotsPerMs = 0 }).With(
            Snapshots.Pod(Pod, Snapshots.Allow(), Snapshots.Allow("0.0.0.0/0 : all")),
            Snapshots.Pod(OtherPod, Snapshots.Allow("0.0.0.0/0 : tcp/80"), Snapshots.Allow()));
        Establish(rig, 20);
        for (int i = 0; i < 100; i++)
        {
            Assert.True(rig.Passes(FrameBuilder.Ip(Pod, Peer).Tcp(1000 + i, 80)));
        }

        Assert.Equal(20, rig.Engine.ConnectionCount);
        Assert.Equal((100ul, 100ul), (rig.Counters.ConnectionsOverQuota, rig.Counters.ConnectionsUntracked));

        // What is opened to a pod from outside counts in its quota too, and half-open ones of its own make room.
        for (int i = 0; i < 100; i++)
        {
            rig.NowMs++;
            Assert.True(rig.Passes(FrameBuilder.Ip(Peer, OtherPod).Tcp(1000 + i, 80)));
        }

        Assert.InRange(rig.Engine.ConnectionCount, 21, 40);
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(DecisionKind.Established, rig.Send(FrameBuilder.Ip(Peer, Pod).Tcp(80, 100 + i, 0x10)).Kind);
        }
    }

    [Fact]
    public void In_a_full_table_the_oldest_half_open_connection_goes_first_wherever_it_stands()
    {
        const int Capacity = 4096;
        using EngineRig rig = new EngineRig(EngineRig.Small with
        {
            ConnectionCapacity = Capacity,
            ConnectionsPerPod = Capacity + 1,
            SweepSlotsPerMs = 0,
        }).With(Snapshots.Pod(Pod, Snapshots.Allow(), Snapshots.Allow("0.0.0.0/0 : all")));
        Establish(rig, 1000);
        for (int i = 0; i < Capacity; i++)
        {
            rig.Send(FrameBuilder.Ip(Pod, Peer).Tcp(10_000 + i, 80));
        }

        Assert.Equal(Capacity, rig.Engine.ConnectionCount);
        Assert.Equal(1000ul, rig.Counters.ConnectionsEvicted);
        for (int i = 0; i < Capacity; i++)
        {
            bool isThere = rig.Send(FrameBuilder.Ip(Peer, Pod).Tcp(80, 10_000 + i, 0x10)).IsForward;
            Assert.Equal(i >= 1000, isThere);
        }

        for (int i = 0; i < 1000; i++)
        {
            Assert.True(rig.Passes(FrameBuilder.Ip(Peer, Pod).Tcp(80, 100 + i, 0x10)));
        }
    }

    [Fact]
    public void A_table_with_as_many_connections_as_fit_finds_each_of_them()
    {
        const int Capacity = 1 << 14;
        using EngineRig rig = new EngineRig(EngineRig.Small with
        {
            ConnectionCapacity = Capacity,
            ConnectionsPerPod = Capacity,
        }).With(Snapshots.Pod(Pod, Snapshots.Allow(), Snapshots.Allow("0.0.0.0/0 : all")));
        Establish(rig, Capacity);
        Assert.Equal(Capacity, rig.Engine.ConnectionCount);
        Assert.Equal(0ul, rig.Counters.ConnectionsUntracked);
        for (int i = 0; i < Capacity; i += 2)
        {
            rig.Send(FrameBuilder.Ip(Peer, Pod).Tcp(80, 100 + i, 0x14));
        }

        rig.NowMs += 200_000; // The closed half is forgotten, and each of the others still found.
        rig.Send(FrameBuilder.Arp(Pod, Peer));
        for (int i = 0; rig.Engine.ConnectionCount > Capacity / 2 && i < 100; i++)
        {
            rig.NowMs++;
            rig.Send(FrameBuilder.Arp(Pod, Peer));
        }

        Assert.Equal(Capacity / 2, rig.Engine.ConnectionCount);
        for (int i = 0; i < Capacity; i++)
        {
            Assert.Equal(i % 2 == 1, rig.Passes(FrameBuilder.Ip(Peer, Pod).Tcp(80, 100 + i, 0x10)));
        }
    }

    private static void Establish(EngineRig rig, int count)
    {
        for (int i = 0; i < count; i++)
        {
            rig.Send(FrameBuilder.Ip(Pod, Peer).Tcp(100 + i, 80));
            rig.Send(FrameBuilder.Ip(Peer, Pod).Tcp(80, 100 + i, 0x12));
        }
    }

    /// <summary>Sixteen slots in two buckets, which are then the candidates of most keys.</summary>
    private static EngineRig Tiny(int sweepSlots = 1024) =>
        new EngineRig(EngineRig.Small with { ConnectionCapacity = 16, SweepSlotsPerMs = sweepSlots }).With(
            Snapshots.Pod(Pod, Snapshots.Allow(), Snapshots.Allow("0.0.0.0/0 : all")));
}
