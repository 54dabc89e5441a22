using NetPolNic.Fallback.Conntrack;
using NetPolNic.Fallback.Tests.Rig;

namespace NetPolNic.Fallback.Tests.Conntrack;

public sealed class ConnectionTimeoutTests
{
    private const string Pod = "10.0.0.1";
    private const string Peer = "10.0.0.2";
    private const byte Syn = 0x02;
    private const byte SynAck = 0x12;
    private const byte Ack = 0x10;
    private const byte Fin = 0x11;
    private const byte Rst = 0x14;

    private static readonly FallbackOptions s_options = EngineRig.Small with
    {
        Timeouts = new ConnectionTimeouts
        {
            TcpSynSentSeconds = 1,
            TcpEstablishedSeconds = 100,
            TcpClosingSeconds = 10,
            UdpUnrepliedSeconds = 2,
            UdpRepliedSeconds = 20,
            IcmpSeconds = 3,
            OtherUnrepliedSeconds = 4,
            OtherRepliedSeconds = 40,
        },
    };

    [Fact]
    public void Tcp_without_an_answer() => AssertLives(1_000, Tcp(true, Syn));

    [Fact]
    public void Tcp_established() => AssertLives(100_000, Tcp(true, Syn), Tcp(false, SynAck));

    [Fact]
    public void Tcp_half_closed_is_still_established() =>
        AssertLives(100_000, Tcp(true, Syn), Tcp(false, SynAck), Tcp(true, Fin), Tcp(false, Ack));

    [Fact]
    public void Tcp_closed_by_both_sides() =>
        AssertLives(10_000, Tcp(true, Syn), Tcp(false, SynAck), Tcp(true, Fin), Tcp(false, Fin), Tcp(true, Ack));

    [Fact]
    public void Tcp_reset() => AssertLives(10_000, Tcp(true, Syn), Tcp(false, SynAck), Tcp(false, Rst));

    [Fact]
    public void A_repeated_syn_does_not_shorten_the_life_of_an_established_connection() =>
        AssertLives(100_000, Tcp(true, Syn), Tcp(false, SynAck), Tcp(true, Syn));

    [Fact]
    public void A_new_syn_opens_a_closed_connection_again() =>
        AssertLives(1_000, Tcp(true, Syn), Tcp(false, SynAck), Tcp(false, Rst), Tcp(true, Syn));

    [Fact]
    public void Udp_without_an_answer() => AssertLives(2_000, Udp(true));

    [Fact]
    public void Udp_answered() => AssertLives(20_000, Udp(true), Udp(false));

    [Fact]
    public void Icmp_query() => AssertLives(3_000, FrameBuilder.Ip(Pod, Peer).Icmp(8, 1));

    [Fact]
    public void Other_without_an_answer() => AssertLives(4_000, FrameBuilder.Ip(Pod, Peer).Raw(47, []));

    [Fact]
    public void Other_answered() => AssertLives(
        40_000, FrameBuilder.Ip(Pod, Peer).Raw(47, []), FrameBuilder.Ip(Peer, Pod).Raw(47, []));

    [Fact]
    public void Sctp_answered() => AssertLives(
        40_000, FrameBuilder.Ip(Pod, Peer).Sctp(1, 2), FrameBuilder.Ip(Peer, Pod).Sctp(2, 1));

    /// <summary>
    /// Sends packets of one connection a second apart in pieces of a millisecond, then waits: upkeep must forget it in
    /// the first millisecond after its time and not before.
    /// </summary>
    private static void AssertLives(long expectedMs, params FrameBuilder[] frames)
    {
        using EngineRig rig = new EngineRig(s_options).With(
            Snapshots.Pod(Pod, Snapshots.Allow(), Snapshots.Allow("0.0.0.0/0 : all")));
        foreach (FrameBuilder frame in frames)
        {
            rig.NowMs += 500;
            Assert.True(rig.Passes(frame));
        }

        rig.NowMs += expectedMs;
        rig.Send(FrameBuilder.Arp(Pod, Peer));
        Assert.Equal(1, rig.Engine.ConnectionCount);
        rig.NowMs++;
        rig.Send(FrameBuilder.Arp(Pod, Peer));
        Assert.Equal(0, rig.Engine.ConnectionCount);
        Assert.Equal(1ul, rig.Counters.ConnectionsExpired);
    }

    private static FrameBuilder Tcp(bool fromOpener, byte flags) => fromOpener
        ? FrameBuilder.Ip(Pod, Peer).Tcp(1000, 80, flags)
        : FrameBuilder.Ip(Peer, Pod).Tcp(80, 1000, flags);

    private static FrameBuilder Udp(bool fromOpener) => fromOpener
        ? FrameBuilder.Ip(Pod, Peer).Udp(1000, 53)
        : FrameBuilder.Ip(Peer, Pod).Udp(53, 1000);
}
