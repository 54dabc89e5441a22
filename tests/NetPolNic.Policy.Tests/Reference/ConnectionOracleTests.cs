using NetPolNic.Policy.Model;
using NetPolNic.Policy.Reference;
using NetPolNic.TestSupport;
using static NetPolNic.TestSupport.ClusterBuilder;

namespace NetPolNic.Policy.Tests.Reference;

/// <summary>The connection model, rule by rule. Pod 1 may be reached on TCP/80 and UDP/53 by pod 2 only.</summary>
public sealed class ConnectionOracleTests
{
    private static readonly PolicyEvaluator s_policy = new(Cluster()
        .Ingress("x/p", "app=a", Rule([Pods("app=b")], "TCP/80", "UDP/53")).Build());

    private static readonly PolicyEvaluator s_closed = new(Cluster().Ingress("x/p", "app=a").Build());

    private static readonly PolicyEvaluator s_ping = new(Cluster().Ingress("x/p", "app=a", Rule([Pods("app=b")])).Build());

    public static TheoryData<IpFamily> Families { get; } = [IpFamily.V4, IpFamily.V6];

    private static ClusterBuilder Cluster() => new ClusterBuilder()
        .Pod("x/a", 1, "app=a").Pod("x/b", 2, "app=b").Pod("x/c", 3);

    [Theory]
    [MemberData(nameof(Families))]
    public void Replies_pass_whatever_isolates_the_receiver(IpFamily family) // S-b14
    {
        ConnectionOracle oracle = new(s_policy);
        Assert.Equal(Verdict.Deny, oracle.Decide(Udp(family, 3, 1, 53, 4000)));
        Assert.Equal(Verdict.Allow, oracle.Decide(Udp(family, 1, 3, 4000, 53)));
        Assert.Equal(Verdict.Allow, oracle.Decide(Udp(family, 3, 1, 53, 4000)));
        Assert.Equal(Verdict.Deny, oracle.Decide(Udp(family, 3, 1, 54, 4000)));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Bare_syn_is_never_a_reply_and_leaves_the_connection_alone_when_denied(IpFamily family)
    {
        ConnectionOracle oracle = new(s_policy);
        Assert.Equal(Verdict.Allow, oracle.Decide(Tcp(family, 1, 3, 4000, 80, 0x02)));
        Assert.Equal(Verdict.Deny, oracle.Decide(Tcp(family, 3, 1, 80, 4000, 0x02)));
        Assert.Equal(Verdict.Allow, oracle.Decide(Tcp(family, 3, 1, 80, 4000, 0x12)));
        Assert.True(oracle.DeniedInAnyState(Tcp(family, 3, 1, 80, 4000, 0x02)));
        Assert.False(oracle.DeniedInAnyState(Tcp(family, 3, 1, 80, 4000, 0x12)));
    }

    [Fact]
    public void Tcp_without_syn_is_picked_up_when_allowed()
    {
        ConnectionOracle oracle = new(s_policy);
        Assert.Equal(Verdict.Allow, oracle.Decide(Tcp(IpFamily.V4, 2, 1, 4000, 80, 0x10)));
        Assert.Equal(Verdict.Deny, oracle.Decide(Tcp(IpFamily.V4, 2, 1, 4000, 81, 0x10)));
        Assert.Equal(1, oracle.ConnectionCount);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Query_reply_matches_the_reversed_request_only(IpFamily family) // S-b14, S-b16
    {
        ConnectionOracle oracle = new(s_policy);
        Assert.Equal(Verdict.Deny, oracle.Decide(Ping(family, 3, 1, reply: true)));
        Assert.Equal(Verdict.Allow, oracle.Decide(Ping(family, 1, 3, reply: false)));
        Assert.Equal(Verdict.Allow, oracle.Decide(Ping(family, 3, 1, reply: true)));
        Assert.Equal(Verdict.Deny, oracle.Decide(Ping(family, 3, 1, reply: true) with { IcmpId = 8 }));
        Assert.Equal(Verdict.Deny, oracle.Decide(Ping(family, 3, 1, reply: false)));
    }

    [Fact]
    public void Both_ends_may_ping_under_one_identifier()
    {
        ConnectionOracle oracle = new(s_ping);
        oracle.Decide(Ping(IpFamily.V4, 1, 2, reply: false));
        oracle.Decide(Ping(IpFamily.V4, 2, 1, reply: false));
        Assert.Equal(Verdict.Allow, oracle.Decide(Ping(IpFamily.V4, 2, 1, reply: true)));
        Assert.Equal(2, oracle.ConnectionCount);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Error_passes_when_it_belongs_to_an_allowed_connection(IpFamily family) // S-b16
    {
        ConnectionOracle oracle = new(s_policy);
        AbstractPacket request = Udp(family, 1, 3, 4000, 53);
        AbstractPacket error = Ping(family, 7, 1, reply: false) with
        {
            IcmpType = family == IpFamily.V4 ? (byte)3 : (byte)1,
            Embedded = request,
        };
        Assert.Equal(Verdict.Deny, oracle.Decide(error));
        oracle.Decide(request);
        Assert.Equal(Verdict.Allow, oracle.Decide(error));
        Assert.Equal(Verdict.Deny, oracle.Decide(error with { Embedded = Udp(family, 1, 3, 4001, 53) }));
        Assert.Equal(Verdict.Deny, oracle.Decide(error with { Embedded = Udp(family, 3, 1, 53, 4000) }));
        Assert.False(oracle.DeniedInAnyState(error));
        oracle.Decide(Udp(family, 2, 1, 9, 53));
        Assert.Equal(Verdict.Allow, oracle.Decide(error with { Embedded = Udp(family, 1, 2, 53, 9) }));
    }

    [Fact]
    public void Neighbour_discovery_own_node_and_itself_always_pass() // S-b12, S-b13, S-b16
    {
        ConnectionOracle oracle = new(s_closed);
        AbstractPacket advert = Ping(IpFamily.V6, 3, 1, reply: false) with { IcmpType = 136 };
        Assert.Equal(Verdict.Allow, oracle.Decide(advert));
        Assert.Equal(Verdict.Deny, oracle.Decide(advert with { IcmpType = 200 }));
        Assert.Equal(Verdict.Deny, oracle.Decide(Ping(IpFamily.V4, 3, 1, reply: false) with { IcmpType = 136 }));
        AbstractPacket probe = Tcp(IpFamily.V4, 3, 1, 1, 2, 0x02) with { Src = NodeAddress(IpFamily.V4, "n1") };
        Assert.Equal(Verdict.Allow, oracle.Decide(probe));
        Assert.True(oracle.AllowedInAnyState(probe));
        Assert.True(oracle.AllowedInAnyState(Tcp(IpFamily.V6, 1, 1, 1, 2, 0x02)));
        Assert.Equal(0, oracle.ConnectionCount);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Policy_change_cuts_and_revives(IpFamily family) // S-a11, S-b15
    {
        ConnectionOracle oracle = new(s_policy);
        oracle.Decide(Tcp(family, 2, 1, 4000, 80, 0x02));
        oracle.OnPolicyChange(s_closed);
        Assert.Equal(Verdict.Deny, oracle.Decide(Tcp(family, 2, 1, 4000, 80, 0x10)));
        Assert.Equal(Verdict.Deny, oracle.Decide(Tcp(family, 1, 2, 80, 4000, 0x10)));
        Assert.Equal(Verdict.Allow, oracle.Decide(Tcp(family, 1, 2, 80, 4001, 0x10)));
        oracle.OnPolicyChange(s_policy);
        Assert.Equal(Verdict.Allow, oracle.Decide(Tcp(family, 1, 2, 80, 4000, 0x10)));
    }

    [Fact]
    public void Keep_leaves_established_connections() // S-b15
    {
        ConnectionOracle oracle = new(s_policy, EstablishedMode.Keep);
        oracle.Decide(Tcp(IpFamily.V4, 2, 1, 4000, 80, 0x02));
        oracle.OnPolicyChange(s_closed);
        Assert.Equal(Verdict.Allow, oracle.Decide(Tcp(IpFamily.V4, 2, 1, 4000, 80, 0x10)));
        Assert.Equal(Verdict.Deny, oracle.Decide(Tcp(IpFamily.V4, 2, 1, 4000, 80, 0x02)));
        Assert.False(oracle.DeniedInAnyState(Udp(IpFamily.V4, 2, 1, 1, 1)));
    }

    [Fact]
    public void Cut_connection_opens_again_by_a_bare_syn_of_either_end()
    {
        ConnectionOracle oracle = new(s_policy);
        oracle.Decide(Tcp(IpFamily.V4, 2, 1, 4000, 80, 0x02));
        oracle.OnPolicyChange(s_closed);
        Assert.Equal(Verdict.Allow, oracle.Decide(Tcp(IpFamily.V4, 1, 2, 80, 4000, 0x02)));
        Assert.Equal(Verdict.Allow, oracle.Decide(Tcp(IpFamily.V4, 2, 1, 4000, 80, 0x12)));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Later_fragment_follows_its_first(IpFamily family) // S-b20
    {
        ConnectionOracle oracle = new(s_policy);
        AbstractPacket later = Udp(family, 2, 1, 0, 0) with { Fragment = new FragmentInfo(5, 185, false) };
        Assert.Equal(Verdict.Deny, oracle.Decide(later));
        Assert.Equal(Verdict.Allow, oracle.Decide(later with { Src = Address(family, 1), Dst = Address(family, 2) }));
        oracle.Decide(Udp(family, 2, 1, 9, 53) with { Fragment = new FragmentInfo(5, 0, true), TimeSec = 1 });
        Assert.Equal(Verdict.Allow, oracle.Decide(later with { TimeSec = 31 }));
        Assert.Equal(Verdict.Deny, oracle.Decide(later with { TimeSec = 31, Fragment = new FragmentInfo(6, 185, false) }));
        Assert.Equal(Verdict.Deny, oracle.Decide(later with { TimeSec = 32 }));
        Assert.False(oracle.DeniedInAnyState(later));
        Assert.True(new ConnectionOracle(new PolicyEvaluator(
            Cluster().Ingress("x/p", "app=a").Egress("x/q", "app=a").Build())).DeniedInAnyState(later));
    }

    [Fact]
    public void Later_fragment_follows_its_first_while_policy_allows_what_let_that_pass() // S-b15, S-b20
    {
        ConnectionOracle oracle = new(s_policy);
        AbstractPacket later = Udp(IpFamily.V4, 2, 1, 0, 0) with { Fragment = new FragmentInfo(5, 185, false) };
        oracle.Decide(Udp(IpFamily.V4, 2, 1, 9, 53) with { Fragment = new FragmentInfo(5, 0, true) });
        oracle.OnPolicyChange(s_policy);
        Assert.Equal(Verdict.Allow, oracle.Decide(later));
        oracle.OnPolicyChange(s_closed);
        Assert.Equal(Verdict.Deny, oracle.Decide(later));
        oracle.OnPolicyChange(s_policy);
        Assert.Equal(Verdict.Allow, oracle.Decide(later));
    }

    [Fact]
    public void Later_fragment_may_belong_to_a_reply_or_to_a_cut_connection() // S-b20
    {
        AbstractPacket later = Udp(IpFamily.V4, 3, 1, 0, 0) with { Fragment = new FragmentInfo(5, 185, false) };
        Assert.False(new ConnectionOracle(s_closed).DeniedInAnyState(later));

        ConnectionOracle oracle = new(new PolicyEvaluator(Cluster().Build()));
        Assert.True(oracle.AllowedInAnyState(later));
        oracle.Decide(Udp(IpFamily.V4, 1, 3, 9, 53));
        oracle.OnPolicyChange(new PolicyEvaluator(Cluster().Egress("x/p", "app=a").Build()));
        Assert.False(oracle.AllowedInAnyState(later));
        oracle.Decide(Udp(IpFamily.V4, 3, 1, 53, 9) with { Fragment = new FragmentInfo(5, 0, true) });
        Assert.Equal(Verdict.Deny, oracle.Decide(later));
    }

    [Fact]
    public void Atomic_fragment_is_a_whole_packet() // S-b20
    {
        ConnectionOracle oracle = new(s_policy);
        FragmentInfo atomic = new(5, 0, false);
        Assert.Equal(Verdict.Deny, oracle.Decide(Udp(IpFamily.V6, 3, 1, 9, 53) with { Fragment = atomic }));
        Assert.Equal(Verdict.Allow, oracle.Decide(Udp(IpFamily.V6, 2, 1, 9, 53) with { Fragment = atomic }));
        AbstractPacket later = Udp(IpFamily.V6, 2, 1, 0, 0) with { Fragment = new FragmentInfo(5, 185, false) };
        Assert.Equal(Verdict.Deny, oracle.Decide(later));
    }

    [Fact]
    public void Idle_connection_is_forgotten()
    {
        ConnectionOracle oracle = new(s_policy, idleSec: 10);
        oracle.Decide(Udp(IpFamily.V4, 1, 3, 4000, 53));
        Assert.Equal(Verdict.Allow, oracle.Decide(Udp(IpFamily.V4, 3, 1, 53, 4000) with { TimeSec = 10 }));
        Assert.Equal(Verdict.Deny, oracle.Decide(Udp(IpFamily.V4, 3, 1, 53, 4000) with { TimeSec = 21 }));
    }

    private static AbstractPacket Udp(IpFamily family, int src, int dst, ushort from, ushort to) => new()
    {
        Src = Address(family, src),
        Dst = Address(family, dst),
        IpProto = 17,
        SrcL4Port = from,
        DstL4Port = to,
    };

    private static AbstractPacket Tcp(IpFamily family, int src, int dst, ushort from, ushort to, byte flags) =>
        Udp(family, src, dst, from, to) with { IpProto = 6, TcpFlags = flags };

    private static AbstractPacket Ping(IpFamily family, int src, int dst, bool reply) => new()
    {
        Src = Address(family, src),
        Dst = Address(family, dst),
        IpProto = family == IpFamily.V4 ? (byte)1 : (byte)58,
        IcmpType = family == IpFamily.V4 ? (byte)(reply ? 0 : 8) : (byte)(reply ? 129 : 128),
        IcmpId = 7,
    };
}
