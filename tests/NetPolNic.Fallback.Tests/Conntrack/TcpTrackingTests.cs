using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Tests.Rig;

namespace NetPolNic.Fallback.Tests.Conntrack;

/// <summary>Who does not know a connection's numbers does not change its state; its packets pass all the same.</summary>
public sealed class TcpTrackingTests : IDisposable
{
    private const string Pod = "10.0.0.1";
    private const string Peer = "10.0.0.2";
    private const byte Syn = 0x02;
    private const byte SynAck = 0x12;
    private const byte Ack = 0x10;
    private const byte Fin = 0x11;
    private const byte Rst = 0x04;
    private const byte RstAck = 0x14;
    private const uint PodStart = 4_294_960_000; // Wraps soon.
    private const uint PeerStart = 5_000_000;
    private const long SynSentMs = 1_000;
    private const long EstablishedMs = 100_000;
    private const long ClosingMs = 10_000;

    private readonly EngineRig _rig = new EngineRig(EngineRig.Small with
    {
        Timeouts = new() { TcpSynSentSeconds = 1, TcpEstablishedSeconds = 100, TcpClosingSeconds = 10 },
    }).With(Snapshots.Pod(Pod, Snapshots.Allow(), Snapshots.Allow("0.0.0.0/0 : all")));

    [Fact]
    public void A_handshake_makes_it_established()
    {
        Handshake();
        AssertLives(EstablishedMs);
    }

    [Theory]
    [InlineData(unchecked(PodStart + 100_000))]
    [InlineData(PodStart - 100_000)]
    [InlineData(0u)]
    public void An_answer_that_does_not_acknowledge_the_syn_leaves_it_half_open(uint ack)
    {
        FromPod(Syn, PodStart, 0, scale: 7);
        FromPeer(SynAck, PeerStart, ack, scale: 7);
        AssertLives(SynSentMs);
        Assert.Equal(1ul, _rig.Counters.TcpImplausible);
    }

    [Fact]
    public void An_answer_after_a_forged_one_still_counts()
    {
        FromPod(Syn, PodStart, 0, scale: 7);
        FromPeer(SynAck, 77, 12345);
        FromPeer(SynAck, PeerStart, PodStart + 1, scale: 7);
        AssertLives(EstablishedMs);
    }

    [Fact]
    public void An_answer_whose_numbers_the_opener_takes_up_counts()
    {
        FromPod(Syn, PodStart, 0);
        FromPeer(SynAck, PeerStart, unchecked(PodStart + 500_000));
        FromPod(Ack, unchecked(PodStart + 500_000), PeerStart + 1);
        AssertLives(EstablishedMs);
    }

    [Theory]
    [InlineData(PeerStart + 1)]
    [InlineData(PeerStart + 1 + 60_000)]
    [InlineData(PeerStart)] // The number of a keep-alive.
    public void A_reset_in_the_window_closes_it(uint seq)
    {
        Handshake();
        FromPeer(Rst, seq, 0);
        AssertLives(ClosingMs);
    }

    [Theory]
    [InlineData(PeerStart - 1)]
    [InlineData(PeerStart + 50_000_000)]
    [InlineData(0u)]
    [InlineData(3_000_000_000u)]
    public void A_reset_outside_of_the_window_does_not(uint seq)
    {
        Handshake();
        long heardMs = _rig.NowMs;
        FromPeer(Rst, seq, 0);
        FromPeer(RstAck, seq, PodStart + 1);
        AssertLives(EstablishedMs, since: heardMs);
        Assert.Equal(2ul, _rig.Counters.TcpImplausible);
    }

    [Fact]
    public void A_refusal_of_the_syn_closes_it_and_a_blind_one_does_not()
    {
        FromPod(Syn, PodStart, 0);
        FromPeer(RstAck, 0, 1234);
        Assert.Equal(1ul, _rig.Counters.TcpImplausible);
        FromPeer(RstAck, 0, PodStart + 1);
        AssertLives(ClosingMs);
    }

    [Fact]
    public void Only_fins_in_the_window_close_it()
    {
        Handshake();
        FromPod(Fin, PodStart + 1, PeerStart + 1);
        FromPeer(Fin, PeerStart + 700_000_000, PodStart + 2);
        FromPeer(Fin, PeerStart + 1, unchecked(PodStart + 900_000_000));
        Assert.Equal(2ul, _rig.Counters.TcpImplausible);
        FromPod(Ack, PodStart + 2, PeerStart + 1);
        AssertLives(EstablishedMs);
    }

    [Fact]
    public void Fins_from_both_sides_close_it()
    {
        Handshake();
        FromPod(Fin, PodStart + 1, PeerStart + 1);
        FromPeer(Fin, PeerStart + 1, PodStart + 2);
        AssertLives(ClosingMs);
    }

    [Fact]
    public void Windows_move_with_the_acknowledgements_of_the_end_that_they_belong_to()
    {
        Handshake();
        uint pod = PodStart + 1;
        uint peer = PeerStart + 1;
        for (int i = 0; i < 1000; i++)
        {
            FromPeer(Ack, peer, pod, payload: 1000);
            peer += 1000;
            FromPod(Ack, pod, peer, payload: 10);
            pod = unchecked(pod + 10);
        }

        FromPeer(Rst, PeerStart + 1, 0);
        Assert.Equal(1ul, _rig.Counters.TcpImplausible);
        FromPeer(Rst, peer, 0);
        AssertLives(ClosingMs);
    }

    [Fact]
    public void Acknowledgements_of_what_was_never_sent_move_nothing()
    {
        Handshake();
        FromPod(Ack, PodStart + 1, PeerStart + 800_000_000);
        FromPeer(Rst, PeerStart + 800_000_000, 0);
        Assert.Equal(2ul, _rig.Counters.TcpImplausible);
        FromPod(Ack, PodStart + 1, PeerStart + 1);
        AssertLives(EstablishedMs);
    }

    [Fact]
    public void A_scale_that_only_one_end_offers_does_not_count()
    {
        FromPod(Syn, PodStart, 0, scale: 14);
        FromPeer(SynAck, PeerStart, PodStart + 1);
        FromPod(Ack, PodStart + 1, PeerStart + 1);
        FromPeer(Rst, PeerStart + 200_000, 0);
        Assert.Equal(1ul, _rig.Counters.TcpImplausible);
    }

    [Fact]
    public void What_is_picked_up_in_its_middle_is_closed_by_its_ends()
    {
        FromPod(Ack, PodStart, PeerStart);
        FromPeer(Ack, PeerStart, PodStart, payload: 100);
        AssertStillThere(SynSentMs + 1);
        FromPod(Rst, PodStart, 0);
        AssertLives(ClosingMs);
    }

    public void Dispose() => _rig.Dispose();

    private void Handshake()
    {
        FromPod(Syn, PodStart, 0, scale: 7);
        FromPeer(SynAck, PeerStart, PodStart + 1, scale: 7);
        FromPod(Ack, PodStart + 1, PeerStart + 1);
    }

    private void FromPod(byte flags, uint seq, uint ack, int? scale = null, int payload = 0)
    {
        _rig.NowMs += 1;
        Assert.True(_rig.Passes(FrameBuilder.Ip(Pod, Peer).TcpAt(1000, 80, flags, seq, ack, 1000, scale, payload)));
    }

    private void FromPeer(byte flags, uint seq, uint ack, int? scale = null, int payload = 0)
    {
        _rig.NowMs += 1;
        Assert.Equal(
            DecisionKind.Established,
            _rig.Send(FrameBuilder.Ip(Peer, Pod).TcpAt(80, 1000, flags, seq, ack, 1000, scale, payload)).Kind);
    }

    private void AssertStillThere(long afterMs)
    {
        _rig.NowMs += afterMs;
        _rig.Send(FrameBuilder.Arp(Pod, Peer));
        Assert.Equal(1, _rig.Engine.ConnectionCount);
    }

    /// <summary>Upkeep forgets it in the first millisecond after its time, and not before.</summary>
    private void AssertLives(long expectedMs, long? since = null)
    {
        _rig.NowMs = (since ?? _rig.NowMs) + expectedMs;
        AssertStillThere(0);
        _rig.NowMs++;
        _rig.Send(FrameBuilder.Arp(Pod, Peer));
        Assert.Equal(0, _rig.Engine.ConnectionCount);
    }
}
