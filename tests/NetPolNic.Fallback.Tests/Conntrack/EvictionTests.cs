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
