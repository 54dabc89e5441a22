using NetPolNic.Fallback.Conntrack;
using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Tests.Rig;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Fallback.Tests.Decision;

public sealed class PolicyChangeTests
{
    private const string Pod = "10.0.0.1";
    private const string Friend = "10.0.0.2";
    private const byte Ack = 0x10;

    private static readonly LocalEndpoint s_open = Snapshots.Pod(
        Pod, Snapshots.Allow("10.0.0.0/24 : tcp/80 udp/53"), Snapshots.Allow(), uid: "one");

    private static readonly LocalEndpoint s_closed = Snapshots.Pod(
        Pod, Snapshots.Allow(), Snapshots.Allow(), uid: "one");

    [Fact]
    public void Connections_of_a_uid_that_is_there_twice_live_on()
    {
        using EngineRig rig = new EngineRig().With(
            Snapshots.Pod("10.0.0.1", Snapshots.Allow(), uid: "twice"), Snapshots.Pod("10.0.0.3", uid: "twice"));
        rig.Send(FrameBuilder.Ip("10.0.0.1", "10.0.0.9").Udp(1, 2));
        rig.With(Snapshots.Pod("10.0.0.1", Snapshots.Allow(), uid: "twice"), Snapshots.Pod("10.0.0.3", uid: "twice"));
        Assert.True(rig.Passes(FrameBuilder.Ip("10.0.0.9", "10.0.0.1").Udp(2, 1)));
    }

    [Fact]
    public void Cuts_connections_that_the_new_policy_forbids_from_the_first_packet_on()
    {
        using EngineRig rig = new EngineRig().With(s_open);
        rig.Send(Request());
        rig.With(s_closed);
        Assert.Equal(DropReason.ConnectionCut, rig.Send(Reply()).Reason); // S-b15
        Assert.Equal(DropReason.IngressDenied, rig.Send(Request()).Reason);
        Assert.Equal(1ul, rig.Counters.ConnectionsCut);
    }

    [Fact]
    public void A_cut_connection_lives_again_when_it_is_allowed_again()
    {
        using EngineRig rig = new EngineRig().With(s_open);
        rig.Send(Request());
        rig.With(s_closed);
        rig.Send(Reply());
        rig.With(s_open);
        Assert.Equal(DecisionKind.Established, rig.Send(Reply()).Kind);
    }

    [Fact]
    public void A_cut_connection_stays_dropped_in_reverse_even_where_policy_would_allow_a_new_one_there()
    {
        LocalEndpoint reversed = Snapshots.Pod(Pod, Snapshots.Allow(), Snapshots.Allow("0.0.0.0/0 : all"), uid: "one");
        using EngineRig rig = new EngineRig().With(s_open);
        rig.Send(Request());
        rig.With(reversed);
        Assert.Equal(DropReason.ConnectionCut, rig.Send(Reply()).Reason);
        Assert.True(rig.Passes(FrameBuilder.Ip(Pod, Friend).Tcp(80, 999, 0x02)));
        Assert.Equal(DecisionKind.Established, rig.Send(FrameBuilder.Ip(Friend, Pod).Tcp(999, 80, Ack)).Kind);
    }

    [Fact]
    public void A_cut_connection_is_forgotten_when_it_times_out()
    {
        LocalEndpoint reversed = Snapshots.Pod(Pod, Snapshots.Allow(), Snapshots.Allow("0.0.0.0/0 : all"), uid: "one");
        using EngineRig rig = new EngineRig().With(s_open);
        rig.Send(Request());
        rig.With(reversed);
        rig.NowMs += 60_001;
        Assert.Equal(DecisionKind.NewAllowed, rig.Send(Reply()).Kind);
    }

    [Fact]
    public void Keep_leaves_connections_alone()
    {
        using EngineRig rig = new EngineRig(EngineRig.Small with { Established = EstablishedMode.Keep }).With(s_open);
        rig.Send(Request());
        rig.With(s_closed);
        Assert.Equal(DecisionKind.Established, rig.Send(Reply()).Kind);
        Assert.Equal(DecisionKind.Established, rig.Send(Request()).Kind);
        Assert.Equal(DropReason.IngressDenied, rig.Send(FrameBuilder.Ip(Friend, Pod).Tcp(998, 80)).Reason);
    }

    [Theory]
    [InlineData(EstablishedMode.Cut)]
    [InlineData(EstablishedMode.Keep)]
    public void Forgets_the_connections_of_an_address_that_another_pod_has_got(EstablishedMode mode)
    {
        using EngineRig rig = new EngineRig(EngineRig.Small with { Established = mode }).With(s_open);
        rig.Send(Request());
        rig.With(Snapshots.Pod(Pod, Snapshots.Allow("10.0.0.0/24 : tcp/80"), Snapshots.Allow(), uid: "two"));
        Assert.Equal(DropReason.EgressDenied, rig.Send(Reply()).Reason); // S-b17
        Assert.Equal(1ul, rig.Counters.ConnectionsOfGonePods);
    }

    [Fact]
    public void Forgets_the_connections_of_a_pod_that_was_gone_for_one_snapshot()
    {
        using EngineRig rig = new EngineRig().With(s_open);
        rig.Send(Request());
        rig.With().With(s_open);
        Assert.Equal(DropReason.EgressDenied, rig.Send(Reply()).Reason);
    }

    [Fact]
    public void Upkeep_judges_connections_that_nobody_asks_about()
    {
        using EngineRig rig = new EngineRig().With(s_open);
        rig.Send(Request());
        rig.With(s_closed);
        rig.NowMs++;
        rig.Send(FrameBuilder.Arp(Pod, Friend));
        Assert.Equal(1ul, rig.Counters.ConnectionsCut);
    }

    [Fact]
    public void A_datagram_under_way_keeps_its_tail_while_policy_still_allows_it()
    {
        using EngineRig rig = new EngineRig().With(s_open);
        rig.Send(FrameBuilder.Ip(Friend, Pod).Fragment(1, 0, true).Udp(9, 53, 16, 500));
        Assert.Equal(DecisionKind.Fragment, rig.Send(Later()).Kind);
        rig.With(s_open);
        Assert.Equal(DecisionKind.Fragment, rig.Send(Later()).Kind);
        rig.With(Snapshots.Pod(Pod, Snapshots.Allow("0.0.0.0/0 : udp/53"), Snapshots.Allow(), uid: "one"));
        Assert.Equal(DecisionKind.Fragment, rig.Send(Later()).Kind);
        rig.With(Snapshots.Pod(Pod, Snapshots.Allow("0.0.0.0/0 : tcp/80"), Snapshots.Allow(), uid: "one"));
        Assert.Equal(DropReason.FragmentWithoutFirst, rig.Send(Later()).Reason); // S-b15
    }

    [Fact]
    public void The_tail_of_a_reply_follows_the_connection_that_it_belongs_to()
    {
        using EngineRig rig = new EngineRig().With(s_open);
        FrameBuilder tail = FrameBuilder.Ip(Pod, Friend).Fragment(2, 3, true).Raw(17, new byte[16]);
        rig.Send(FrameBuilder.Ip(Friend, Pod).Udp(9, 53));
        rig.Send(FrameBuilder.Ip(Pod, Friend).Fragment(2, 0, true).Udp(53, 9, 16, 500));
        Assert.Equal(DecisionKind.Fragment, rig.Send(tail).Kind);
        rig.With(Snapshots.Pod(Pod, Snapshots.Allow("10.0.0.0/24 : udp/53"), Snapshots.Allow(), uid: "one"));
        Assert.Equal(DecisionKind.Fragment, rig.Send(tail).Kind);
        rig.With(s_closed);
        Assert.Equal(DropReason.FragmentWithoutFirst, rig.Send(tail).Reason);
    }

    [Fact]
    public void A_datagram_does_not_go_on_to_another_pod()
    {
        using EngineRig rig = new EngineRig().With(s_open);
        rig.Send(FrameBuilder.Ip(Friend, Pod).Fragment(1, 0, true).Udp(9, 53, 16, 500));
        rig.With(Snapshots.Pod(Pod, Snapshots.Allow("10.0.0.0/24 : udp/53"), Snapshots.Allow(), uid: "two"));
        Assert.Equal(DropReason.FragmentWithoutFirst, rig.Send(Later()).Reason); // S-b17
    }

    [Fact]
    public void A_policy_change_about_others_is_not_what_connections_are_judged_again_for()
    {
        LocalEndpoint other = Snapshots.Pod("10.0.0.7", Snapshots.Allow("10.0.0.0/24 : tcp/1"));
        using EngineRig rig = new EngineRig().With(s_open);
        rig.Send(Request());
        for (int round = 0; round < 10; round++)
        {
            rig.With(s_open, other).With(s_open);
            Assert.Equal(DecisionKind.Established, rig.Send(Reply()).Kind);
        }

        rig.With(s_closed, other);
        Assert.Equal(DropReason.ConnectionCut, rig.Send(Reply()).Reason);
        rig.With(s_closed);
        Assert.Equal(DropReason.ConnectionCut, rig.Send(Reply()).Reason);
        rig.With(s_open);
        Assert.Equal(DecisionKind.Established, rig.Send(Reply()).Kind);
    }

    [Fact]
    public void A_connection_is_judged_again_where_only_the_exempt_peers_have_changed()
    {
        LocalEndpoint friendly = Snapshots.Pod(Pod, Snapshots.Allow(), Snapshots.Allow(), node: Friend, uid: "one");
        using EngineRig rig = new EngineRig().With(s_open);
        rig.Send(Request());
        rig.With(s_closed);
        Assert.Equal(DropReason.ConnectionCut, rig.Send(Reply()).Reason);
        rig.With(friendly);
        Assert.Equal(DecisionKind.Exempt, rig.Send(Reply()).Kind);
        rig.With(s_closed);
        Assert.Equal(DropReason.ConnectionCut, rig.Send(Reply()).Reason);
    }

    [Fact]
    public void Forgetting_connections_leaves_nothing_established()
    {
        using EngineRig rig = new EngineRig().With(s_open);
        rig.Send(Request());
        rig.Engine.ForgetConnections();
        Assert.Equal(0, rig.Engine.ConnectionCount);
        Assert.False(rig.Passes(Reply()));
    }

    private static FrameBuilder Request() => FrameBuilder.Ip(Friend, Pod).Tcp(999, 80, Ack);

    private static FrameBuilder Later() => FrameBuilder.Ip(Friend, Pod).Fragment(1, 3, true).Raw(17, new byte[16]);

    private static FrameBuilder Reply() => FrameBuilder.Ip(Pod, Friend).Tcp(80, 999, Ack);
}
