using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Policy.Tests.Resolve;

public sealed class PolicySetTests
{
    private static readonly PortSet s_http = PortSet.Of([new L4PortRange(L4Proto.Tcp, 80, 80)]);
    private static readonly PortSet s_dns = PortSet.Of([new L4PortRange(L4Proto.Udp, 53, 53)]);

    [Fact]
    public void Equal_rules_in_any_order_give_equal_sets()
    {
        AllowRule[] rules =
        [
            new(Peers("10.0.0.1/32"), s_http), new(Peers("10.0.0.2/32"), s_dns), new(Peers("10.0.0.1/32"), s_dns),
            new(Peers("10.0.0.3/32"), PortSet.AllTraffic), new(PeerSet.Empty, s_http), new(Peers("::/0"), PortSet.Empty),
        ];
        PolicySet forward = PolicySet.Of(rules);
        PolicySet backward = PolicySet.Of(rules.Reverse());
        Assert.Equal(forward, backward);
        Assert.Equal(forward.GetHashCode(), backward.GetHashCode());
        Assert.Equal(3, forward.Rules.Length);
    }

    [Fact]
    public void Rules_with_equal_peers_or_equal_ports_are_one()
    {
        PolicySet set = PolicySet.Of(
        [
            new(Peers("10.0.0.0/32"), s_http), new(Peers("10.0.0.0/32"), s_dns), new(Peers("10.0.0.1/32"), s_dns.Union(s_http)),
        ]);
        AllowRule rule = Assert.Single(set.Rules);
        Assert.Equal("10.0.0.0/31", rule.Peers.ToString());
        Assert.Equal("TCP/80 UDP/53", rule.Ports.ToString());
    }

    [Fact]
    public void Without_a_rule_that_allows_anything_it_is_closed()
    {
        Assert.Same(PolicySet.Closed, PolicySet.Of([new AllowRule(PeerSet.Empty, PortSet.AllTraffic)]));
        Assert.False(PolicySet.Closed.Allows(IpAddr.Parse("10.0.0.1"), 6, 80));
        Assert.True(PolicySet.Open.Allows(IpAddr.Parse("10.0.0.1"), 6, 80));
        Assert.NotEqual(PolicySet.Open, PolicySet.Closed);
    }

    [Fact]
    public void Allows_needs_peer_and_port_of_the_same_rule() // S-a8
    {
        PolicySet set = PolicySet.Of([new(Peers("10.0.0.1/32"), s_http), new(Peers("10.0.0.2/32"), s_dns)]);
        Assert.True(set.Allows(IpAddr.Parse("10.0.0.1"), 6, 80));
        Assert.False(set.Allows(IpAddr.Parse("10.0.0.1"), 17, 53));
        Assert.True(set.Allows(IpAddr.Parse("10.0.0.2"), 17, 53));
        Assert.False(set.Allows(IpAddr.Parse("10.0.0.2"), 17, 80));
    }

    private static PeerSet Peers(string text) => PeerSet.Of(text.Split(' ').Select(IpPrefix.Parse));
}
