using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Tests.Rig;

namespace NetPolNic.Fallback.Tests.Decision;

public sealed class PolicyEngineTests
{
    private const string Pod = "10.0.0.1";
    private const string Pod6 = "fd00::1";
    private const string Friend = "10.0.0.2";
    private const string Friend6 = "fd00::2";
    private const string Stranger = "10.9.0.9";
    private const string Stranger6 = "fd09::9";
    private const string Node = "192.168.0.1";
    private const string Node6 = "fdff::1";

    private const byte Syn = 0x02;
    private const byte SynAck = 0x12;
    private const byte Ack = 0x10;

    [Fact]
    public void Drops_everything_before_the_first_policy()
    {
        using EngineRig rig = new();
        Assert.Equal(DropReason.NotReady, rig.Send(FrameBuilder.Arp(Pod, Friend)).Reason); // S-b18
        Assert.Equal(DropReason.NotReady, rig.Send(FrameBuilder.Ip(Stranger, Friend).Tcp(1, 2)).Reason);
        Assert.Equal(2ul, rig.Counters.Drops[DropReason.NotReady]);
    }

    [Fact]
    public void Passes_what_no_isolated_pod_is_an_end_of()
    {
        using EngineRig rig = new EngineRig().With(Snapshots.Pod(Pod), Snapshots.Pod("10.0.0.7", Snapshots.Allow()));
        Assert.Equal(DecisionKind.OpenPods, rig.Send(FrameBuilder.Ip(Stranger, Pod).Tcp(1, 80)).Kind);
        Assert.Equal(DecisionKind.OpenPods, rig.Send(FrameBuilder.Ip(Stranger, Friend).Icmp(5)).Kind);
        Assert.Equal(DecisionKind.OpenPods, rig.Send(FrameBuilder.Ip("10.0.0.7", Friend).Udp(1, 2)).Kind); // S-b2
    }

    [Theory]
    [InlineData(Friend, Pod)]
    [InlineData(Friend6, Pod6)]
    public void Allows_by_peer_protocol_and_port(string friend, string pod)
    {
        using EngineRig rig = Guarded();
        Assert.Equal(DecisionKind.NewAllowed, rig.Send(FrameBuilder.Ip(friend, pod).Tcp(999, 80)).Kind);
        Assert.Equal(DropReason.IngressDenied, rig.Send(FrameBuilder.Ip(friend, pod).Tcp(999, 81)).Reason);
        Assert.Equal(DropReason.IngressDenied, rig.Send(FrameBuilder.Ip(friend, pod).Udp(999, 80)).Reason);
        Assert.True(rig.Passes(FrameBuilder.Ip(friend, pod).Udp(999, 5000)));
        Assert.True(rig.Passes(FrameBuilder.Ip(friend, pod).Udp(999, 5010)));
        Assert.False(rig.Passes(FrameBuilder.Ip(friend, pod).Udp(999, 5011)));
        Assert.True(rig.Passes(FrameBuilder.Ip(friend, pod).Sctp(999, 7)));
        Assert.False(rig.Passes(FrameBuilder.Ip(friend, pod).Raw(47, new byte[8]))); // S-b16
        Assert.False(rig.Passes(FrameBuilder.Ip(friend, pod).Icmp(friend == Friend ? (byte)8 : (byte)128, 1)));
        Assert.False(rig.Passes(FrameBuilder.Ip(friend == Friend ? Stranger : Stranger6, pod).Tcp(999, 80)));
    }

    [Fact]
    public void Judges_both_ends_of_a_connection_between_local_pods()
    {
        using EngineRig rig = new EngineRig().With(
            Snapshots.Pod(Pod, egress: Snapshots.Allow("10.0.0.0/8 : tcp/80")),
            Snapshots.Pod(Friend, ingress: Snapshots.Allow("10.0.0.0/8 : tcp/80-81")));
        Assert.True(rig.Passes(FrameBuilder.Ip(Pod, Friend).Tcp(1, 80)));
        Assert.Equal(DropReason.EgressDenied, rig.Send(FrameBuilder.Ip(Pod, Friend).Tcp(1, 81)).Reason); // S-b3
        Assert.Equal(DropReason.IngressDenied, rig.Send(FrameBuilder.Ip(Stranger, Friend).Tcp(1, 82)).Reason);
    }

    [Theory]
    [InlineData(Node, Pod)]
    [InlineData(Node6, Pod6)]
    public void Always_passes_the_own_node_the_pod_itself_arp_and_neighbour_discovery(string node, string pod)
    {
        using EngineRig rig = Guarded();
        Assert.Equal(DecisionKind.Exempt, rig.Send(FrameBuilder.Ip(node, pod).Tcp(1, 12345)).Kind); // S-b12
        Assert.Equal(DecisionKind.Exempt, rig.Send(FrameBuilder.Ip(pod, node).Udp(1, 12345)).Kind);
        Assert.Equal(DecisionKind.Exempt, rig.Send(FrameBuilder.Ip(pod, pod).Udp(1, 12345)).Kind); // S-b13
        Assert.Equal(
            DecisionKind.Exempt, rig.Send(FrameBuilder.Ip(node, pod).Fragment(1, 9, false).Raw(17, new byte[8])).Kind);
        Assert.Equal(DecisionKind.Arp, rig.Send(FrameBuilder.Arp(Stranger, Pod)).Kind);
        for (byte type = 133; type <= 137; type++)
        {
            Assert.Equal(DecisionKind.NeighbourDiscovery, rig.Send(FrameBuilder.Ip(Stranger6, Pod6).Icmp(type)).Kind);
        }

        Assert.False(rig.Passes(FrameBuilder.Ip(Stranger6, Pod6).Icmp(138)));
        Assert.False(rig.Passes(FrameBuilder.Ip("192.168.0.2", Pod).Tcp(1, 12345)));
    }

    [Theory]
    [InlineData(Friend, Pod)]
    [InlineData(Friend6, Pod6)]
    public void Passes_replies_of_an_allowed_connection_and_nothing_else_back(string friend, string pod)
    {
        using EngineRig rig = Guarded();
        Assert.Equal(DropReason.EgressDenied, rig.Send(FrameBuilder.Ip(pod, friend).Tcp(80, 999, SynAck)).Reason);
        Assert.True(rig.Passes(FrameBuilder.Ip(friend, pod).Tcp(999, 80, Syn)));
        Assert.Equal(
            DecisionKind.Established,
            rig.Send(FrameBuilder.Ip(pod, friend).Tcp(80, 999, SynAck)).Kind); // S-b14
        Assert.Equal(DecisionKind.Established, rig.Send(FrameBuilder.Ip(friend, pod).Tcp(999, 80, Ack)).Kind);
        Assert.False(rig.Passes(FrameBuilder.Ip(pod, friend).Tcp(80, 998, SynAck)));
        Assert.False(rig.Passes(FrameBuilder.Ip(pod, friend).Tcp(81, 999, SynAck)));
        Assert.False(rig.Passes(FrameBuilder.Ip(pod, friend).Udp(80, 999)));
    }

    [Fact]
    public void A_bare_syn_against_the_direction_of_a_connection_is_new_and_leaves_the_connection_alone()
    {
        using EngineRig rig = Guarded();
        rig.Send(FrameBuilder.Ip(Friend, Pod).Tcp(999, 80, Syn));
        Assert.Equal(DropReason.EgressDenied, rig.Send(FrameBuilder.Ip(Pod, Friend).Tcp(80, 999, Syn)).Reason);
        Assert.Equal(DecisionKind.Established, rig.Send(FrameBuilder.Ip(Pod, Friend).Tcp(80, 999, SynAck)).Kind);
    }

    [Fact]
    public void Picks_up_a_connection_in_its_middle_where_policy_allows_it()
    {
        using EngineRig rig = Guarded();
        Assert.Equal(DecisionKind.NewAllowed, rig.Send(FrameBuilder.Ip(Friend, Pod).Tcp(999, 80, Ack)).Kind);
        Assert.Equal(DecisionKind.Established, rig.Send(FrameBuilder.Ip(Pod, Friend).Tcp(80, 999, Ack)).Kind);
    }

    [Theory]
    [InlineData(8, 0)]
    [InlineData(13, 14)]
    [InlineData(15, 16)]
    [InlineData(17, 18)]
    public void Matches_icmp_replies_to_requests_by_identifier(byte request, byte reply)
    {
        using EngineRig rig = PingingPod();
        Assert.Equal(DropReason.IngressDenied, rig.Send(FrameBuilder.Ip(Stranger, Pod).Icmp(reply, 5)).Reason);
        Assert.True(rig.Passes(FrameBuilder.Ip(Pod, Stranger).Icmp(request, 5)));
        Assert.Equal(DecisionKind.Established, rig.Send(FrameBuilder.Ip(Stranger, Pod).Icmp(reply, 5)).Kind);
        Assert.False(rig.Passes(FrameBuilder.Ip(Stranger, Pod).Icmp(reply, 6)));
        Assert.False(rig.Passes(FrameBuilder.Ip(Stranger, Pod).Icmp(request, 5)));
    }

    [Fact]
    public void Matches_icmpv6_echo_replies()
    {
        using EngineRig rig = PingingPod();
        Assert.False(rig.Passes(FrameBuilder.Ip(Stranger6, Pod6).Icmp(129, 5)));
        Assert.True(rig.Passes(FrameBuilder.Ip(Pod6, Stranger6).Icmp(128, 5)));
        Assert.True(rig.Passes(FrameBuilder.Ip(Stranger6, Pod6).Icmp(129, 5)));
    }

    [Fact]
    public void Two_hosts_may_ping_each_other_under_one_identifier()
    {
        using EngineRig rig = new EngineRig().With(
            Snapshots.Pod(Pod, Snapshots.Allow("10.9.0.0/16 : all"), Snapshots.Allow("10.9.0.0/16 : all")));
        rig.Send(FrameBuilder.Ip(Pod, Stranger).Icmp(8, 5));
        rig.Send(FrameBuilder.Ip(Stranger, Pod).Icmp(8, 5));
        Assert.Equal(DecisionKind.Established, rig.Send(FrameBuilder.Ip(Stranger, Pod).Icmp(0, 5)).Kind);
        Assert.Equal(DecisionKind.Established, rig.Send(FrameBuilder.Ip(Pod, Stranger).Icmp(0, 5)).Kind);
        Assert.Equal(2, rig.Engine.ConnectionCount);
    }

    [Theory]
    [InlineData(Friend, Pod, 3)]
    [InlineData(Friend, Pod, 4)]
    [InlineData(Friend, Pod, 11)]
    [InlineData(Friend, Pod, 12)]
    [InlineData(Friend6, Pod6, 1)]
    [InlineData(Friend6, Pod6, 2)]
    [InlineData(Friend6, Pod6, 3)]
    [InlineData(Friend6, Pod6, 4)]
    public void Passes_icmp_errors_about_an_allowed_connection(string friend, string pod, byte type)
    {
        string router = pod == Pod ? "172.16.0.1" : "fdee::1";
        using EngineRig rig = Guarded();
        byte[] reply = FrameBuilder.Ip(pod, friend).Tcp(80, 999, Ack).BuildIp();
        Assert.Equal(DropReason.IngressDenied, rig.Send(FrameBuilder.Ip(router, pod).Icmp(type, body: reply)).Reason);
        rig.Send(FrameBuilder.Ip(friend, pod).Tcp(999, 80, Syn));
        Assert.Equal(DecisionKind.RelatedIcmp, rig.Send(FrameBuilder.Ip(router, pod).Icmp(type, body: reply)).Kind);

        // The packet quoted is one that the receiver of the error did not send.
        byte[] request = FrameBuilder.Ip(friend, pod).Tcp(999, 80, Ack).BuildIp();
        Assert.False(rig.Passes(FrameBuilder.Ip(router, pod).Icmp(type, body: request)));

        byte[] other = FrameBuilder.Ip(pod, friend).Tcp(80, 998, Ack).BuildIp();
        Assert.False(rig.Passes(FrameBuilder.Ip(router, pod).Icmp(type, body: other)));
        Assert.False(rig.Passes(FrameBuilder.Ip(router, pod).Icmp(type, body: reply[..27])));
        Assert.False(rig.Passes(FrameBuilder.Ip(router, pod).Icmp(pod == Pod ? (byte)5 : (byte)5, body: reply)));
    }

    [Theory]
    [InlineData(Friend, Pod)]
    [InlineData(Friend6, Pod6)]
    public void Later_fragments_follow_their_first(string friend, string pod)
    {
        using EngineRig rig = Guarded();
        FrameBuilder First(uint id, int dstL4Port) =>
            FrameBuilder.Ip(friend, pod).Fragment(id, 0, true).Udp(9, dstL4Port, 16, 500);
        FrameBuilder Later(uint id, int offset) =>
            FrameBuilder.Ip(friend, pod).Fragment(id, offset, true).Raw(17, new byte[16]);

        Assert.Equal(DropReason.FragmentWithoutFirst, rig.Send(Later(1, 3)).Reason); // S-b20
        Assert.Equal(DecisionKind.NewAllowed, rig.Send(First(1, 5000)).Kind);
        Assert.Equal(DecisionKind.Fragment, rig.Send(Later(1, 5)).Kind);
        Assert.Equal(DecisionKind.Fragment, rig.Send(Later(1, 3)).Kind);
        Assert.Equal(DropReason.FragmentWithoutFirst, rig.Send(Later(2, 3)).Reason);
        Assert.Equal(DropReason.IngressDenied, rig.Send(First(2, 9999)).Reason);
        Assert.Equal(DropReason.FragmentOfDropped, rig.Send(Later(2, 3)).Reason);
        rig.NowMs += 30_001;
        Assert.Equal(DropReason.FragmentWithoutFirst, rig.Send(Later(1, 5)).Reason);
    }

    [Fact]
    public void Passes_later_fragments_without_their_first_to_pods_that_are_not_isolated()
    {
        using EngineRig rig = new EngineRig().With(Snapshots.Pod(Pod, egress: Snapshots.Allow()));
        FrameBuilder later = FrameBuilder.Ip(Friend, Pod).Fragment(1, 3, true).Raw(17, new byte[16]);
        Assert.True(rig.Passes(later));
        Assert.False(rig.Passes(FrameBuilder.Ip(Pod, Friend).Fragment(1, 3, true).Raw(17, new byte[16])));
    }

    [Fact]
    public void Takes_an_ipv6_atomic_fragment_for_a_whole_packet()
    {
        using EngineRig rig = Guarded();
        Assert.True(rig.Passes(FrameBuilder.Ip(Friend6, Pod6).Fragment(1, 0, false).Tcp(1, 80)));
        Assert.False(rig.Passes(FrameBuilder.Ip(Friend6, Pod6).Fragment(1, 0, false).Tcp(1, 81)));
    }

    [Fact]
    public void Judges_the_source_of_multicast_by_its_egress_policy()
    {
        using EngineRig rig = new EngineRig().With(
            Snapshots.Pod(Pod, egress: Snapshots.Allow("224.0.0.251/32 : udp/5353")));
        Assert.True(rig.Passes(FrameBuilder.Ip(Pod, "224.0.0.251").Udp(5353, 5353)));
        Assert.False(rig.Passes(FrameBuilder.Ip(Pod, "224.0.0.252").Udp(5353, 5353)));
        Assert.False(rig.Passes(FrameBuilder.Ip(Pod, "255.255.255.255").Udp(5353, 5353)));
    }

    [Fact]
    public void Counts_drops_by_reason_and_verifies_hints()
    {
        using EngineRig rig = Guarded();
        rig.Send(FrameBuilder.Ip(Friend, Pod).Tcp(1, 80), marked: true);
        rig.Send(FrameBuilder.Ip(Friend, Pod).Tcp(1, 81), marked: true);
        rig.Send(FrameBuilder.Ip(Friend, Pod).Tcp(1, 81).TruncateTo(40));
        rig.Send(FrameBuilder.Ip(Friend, Pod).Tcp(1, 81).Ihl(4));
        rig.Send(FrameBuilder.Ip(Friend, Pod).EtherType(0x88cc));
        FallbackCounters counters = rig.Counters;
        Assert.Equal((1ul, 1ul), (counters.HintsAgreed, counters.HintsDisagreed));
        Assert.Equal(1ul, counters.Drops[DropReason.IngressDenied]);
        Assert.Equal(1ul, counters.Drops[DropReason.Truncated]);
        Assert.Equal(1ul, counters.Drops[DropReason.Malformed]);
        Assert.Equal(1ul, counters.Drops[DropReason.EtherType]);
        Assert.Equal(1ul, counters.Decisions[DecisionKind.NewAllowed]);
    }

    [Fact]
    public void Keeps_the_last_denied_packets_for_logs()
    {
        using EngineRig rig = Guarded();
        for (int i = 0; i < 20; i++)
        {
            rig.Send(FrameBuilder.Ip(Friend, Pod).Tcp(100 + i, 81));
        }

        IReadOnlyList<DeniedPacket> denied = rig.Engine.ReadDenied();
        Assert.Equal(Enumerable.Range(112, 8), denied.Select(d => (int)d.SrcL4Port));
        DeniedPacket last = denied[^1];
        Assert.Equal((Friend, Pod, 6, 81), (last.Src.ToString(), last.Dst.ToString(), last.IpProto, last.DstL4Port));
        Assert.Equal((DropReason.IngressDenied, rig.NowMs), (last.Reason, last.AtMs));
    }

    [Fact]
    public void Allocates_nothing_per_packet()
    {
        using EngineRig rig = Guarded();
        byte[][] frames =
        [
            FrameBuilder.Ip(Friend, Pod).Tcp(1, 80).Build(),
            FrameBuilder.Ip(Pod, Friend).Tcp(80, 1, SynAck).Build(),
            FrameBuilder.Ip(Friend6, Pod6).Tcp(1, 81).Build(),
            FrameBuilder.Ip(Friend, Pod).Fragment(1, 0, true).Udp(9, 5000, 16, 500).Build(),
            FrameBuilder.Ip(Friend, Pod).Fragment(1, 3, true).Raw(17, new byte[16]).Build(),
            FrameBuilder.Ip(Stranger, Pod)
                .Icmp(3, body: FrameBuilder.Ip(Pod, Friend).Tcp(80, 1, Ack).BuildIp()).Build(),
            FrameBuilder.Arp(Pod, Friend),
            new byte[3],
        ];
        long before = 0;
        for (int round = 0; round < 100; round++)
        {
            before = round == 50 ? GC.GetAllocatedBytesForCurrentThread() : before;
            rig.NowMs += 10;
            foreach (byte[] frame in frames)
            {
                rig.Send(frame);
            }
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    /// <summary>A pod that friends may reach on a few ports and that may open nothing.</summary>
    private static EngineRig Guarded() => new EngineRig().With(Snapshots.Pod(
        $"{Pod} {Pod6}",
        Snapshots.Allow("10.0.0.0/24 fd00::/64 : tcp/80 udp/5000-5010 sctp/7"),
        Snapshots.Allow(),
        $"{Node} {Node6}"));

    /// <summary>A pod that may send anything and that nobody may reach.</summary>
    private static EngineRig PingingPod() => new EngineRig().With(Snapshots.Pod(
        $"{Pod} {Pod6}", Snapshots.Allow(), Snapshots.Allow("0.0.0.0/0 ::/0 : all")));
}
