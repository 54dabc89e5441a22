using NetPolNic.Policy.Model;
using NetPolNic.Policy.Reference;
using NetPolNic.Policy.Resolve;
using NetPolNic.TestSupport;
using static NetPolNic.TestSupport.ClusterBuilder;

namespace NetPolNic.Policy.Tests;

/// <summary>SEMANTICS part b: blocks, nodes, and which pod owns an address.</summary>
public sealed class V1AddressTests : SemanticsTest
{
    private static ClusterBuilder Cluster() => new ClusterBuilder().Space("x")
        .Pod("x/a", 1, "app=a").Pod("x/b", 2, "app=b", node: "n2").Pod("x/c", 3, "app=c");

    [Fact]
    public void Block_matches_pods_and_others_less_its_exceptions_in_its_family() // S-b7
    {
        ClusterBuilder v4 = Cluster().Ingress("x/p", "app=a", Rule([Block("10.0.0.99/8", "10.0.0.3/32", "10.9.0.0/16")]));
        Allowed(v4, "10.0.0.2", "10.0.0.1");
        Allowed(v4, "10.200.0.1", "10.0.0.1");
        Denied(v4, "10.0.0.3", "10.0.0.1");
        Denied(v4, "10.9.1.1", "10.0.0.1");
        Denied(v4, "fd00::2", "fd00::1");
        ClusterBuilder v6 = Cluster().Ingress("x/p", "app=a", Rule([Block("fd00::/16", "fd00::3/128")]));
        Allowed(v6, "fd00::2", "fd00::1");
        Denied(v6, "fd00::3", "fd00::1");
        Denied(v6, "2001:db8::1", "fd00::1");
        Denied(v6, "10.0.0.2", "10.0.0.1");
    }

    [Fact]
    public void Exception_of_one_block_does_not_cut_another_peer() // S-b5, S-b7
    {
        ClusterBuilder cluster = Cluster().Ingress(
            "x/p", "app=a", Rule([Block("10.0.0.0/8", "10.0.0.0/24"), Pods("app=b")]));
        Allowed(cluster, 2, 1);
        Denied(cluster, 3, 1);
    }

    [Fact]
    public void Host_network_pod_is_never_isolated_nor_selected_and_is_its_nodes_address() // S-b11
    {
        ClusterBuilder cluster = Cluster().Pod("x/host", 77, "app=b", node: "n2").With(p => p with { HostNetwork = true })
            .Ingress("x/p", "", Rule([Pods("app=b")])).Egress("x/q", "app=b");
        Denied(cluster, 77, 1);
        Allowed(cluster, 77, 2);
        Allowed(cluster, 2, 77);
        Allowed(cluster, 1, 77);
        Assert.DoesNotContain(Resolve(cluster).Endpoints, e => e.Name == "host");
        Allowed(Cluster().Pod("x/host", 77, node: "n2").With(p => p with { HostNetwork = true })
            .Ingress("x/p", "app=a", Rule([Block("10.0.0.77/32"), Block("fd00::77/128")])), 77, 1);
    }

    [Fact]
    public void Own_node_always_passes_and_other_nodes_are_ordinary() // S-b12
    {
        ClusterBuilder cluster = Cluster().Ingress("x/p", "").Egress("x/q", "");
        Allowed(cluster, "10.0.1.1", 1);
        Allowed(cluster, "fd01::1", 1, "GRE");
        Allowed(cluster, 1, "10.0.1.1");
        Allowed(cluster, 1, "fd01::1");
        Denied(cluster, "10.0.1.2", 1);
        Denied(cluster, "fd01::2", 1);
        Allowed(cluster, "10.0.1.2", 2);
        Denied(cluster, 2, "10.0.1.1");
    }

    [Fact]
    public void Own_node_is_known_from_the_other_pods_there() // S-b11, S-b12
    {
        ClusterBuilder cluster = new ClusterBuilder()
            .Pod("x/a", 1).With(p => p with { NodeAddresses = [] })
            .Pod("x/host", 77).With(p => p with { HostNetwork = true, NodeAddresses = [] })
            .Ingress("x/p", "");
        Allowed(cluster, 77, 1);
        Denied(cluster, "10.0.1.1", 1);
        Allowed(cluster.Pod("x/b", 2), "10.0.1.1", 1);
    }

    [Theory]
    [InlineData(IpFamily.V4)]
    [InlineData(IpFamily.V6)]
    public void Pod_never_blocks_itself_and_the_ends_say_what_they_would(IpFamily family) // S-b13
    {
        ClusterBuilder cluster = Cluster().Ingress("x/p", "");
        Allowed(cluster, 1, 1);
        IpAddr self = Address(family, 1);
        FlowDecision decision = new PolicyEvaluator(cluster.Build()).Evaluate(self, self, 6, 80);
        Assert.Equal(Verdict.Deny, decision.Ingress.Verdict);
        Assert.Equal(Verdict.Allow, decision.Egress.Verdict);
        Assert.Equal(Verdict.Allow, decision.Combined);
        Assert.True(decision.IsSelf);
    }

    [Fact]
    public void Pod_reaches_itself_by_each_of_its_addresses() // S-b13
    {
        ClusterBuilder cluster = new ClusterBuilder().Pod("x/a", 1)
            .With(p => p with { Addresses = [.. p.Addresses, IpAddr.Parse("10.0.0.50")] }).Ingress("x/p", "");
        Allowed(cluster, "10.0.0.50", "10.0.0.1");
    }

    [Fact]
    public void Terminated_pod_owns_no_address() // S-b17
    {
        ClusterBuilder cluster = Cluster()
            .Pod("x/old", 4, "app=old").With(p => p with { Terminated = true })
            .Pod("x/new", 4, "app=new")
            .Ingress("x/p", "app=a", Rule([Pods("app=old")])).Ingress("x/q", "app=b", Rule([Pods("app=new")]))
            .Ingress("x/r", "app=old");
        Denied(cluster, 4, 1);
        Allowed(cluster, 4, 2);
        Allowed(cluster, 1, 4);
        Assert.DoesNotContain(Resolve(cluster).Endpoints, e => e.Name == "old");
    }

    [Fact]
    public void Recreated_pod_is_another_endpoint() // S-b17
    {
        ClusterBuilder cluster = new ClusterBuilder()
            .Pod("x/a", 1, uid: "first").With(p => p with { Terminated = true }).Pod("x/a", 2, uid: "second");
        Assert.Equal("second", Assert.Single(Resolve(cluster).Endpoints).Uid);
    }

    [Fact]
    public void Pod_without_address_is_no_endpoint_until_it_gets_one() // S-b17
    {
        Assert.Empty(Resolve(new ClusterBuilder().Pod("x/a", 0)).Endpoints);
        Assert.Single(Resolve(new ClusterBuilder().Pod("x/a", 1)).Endpoints);
    }

    [Fact]
    public void Contested_address_is_closed_and_matches_no_selector() // S-b17
    {
        ClusterBuilder cluster = Cluster().Pod("x/d", 4, uid: "u1").With(p => p with { Addresses = [.. p.Addresses, IpAddr.Parse("10.0.0.5")] })
            .Pod("x/e", 4, uid: "u2")
            .Ingress("x/p", "app=a", Rule([Pods("")]));
        Denied(cluster, 4, 1);
        Denied(cluster, 1, 4);
        Denied(cluster, 4, 2);
        Allowed(cluster, "10.0.1.1", 4);
        Allowed(cluster, "10.0.0.5", "10.0.0.1");
        PolicySnapshot snapshot = Resolve(cluster);
        Assert.Equal(
            [
                "address 10.0.0.4 is claimed by x/d, x/e: no selector matches it and nothing reaches it or leaves it",
                "address fd00::4 is claimed by x/d, x/e: no selector matches it and nothing reaches it or leaves it",
            ],
            snapshot.Warnings.Select(w => w.Text));
        Assert.Equal(2, snapshot.Endpoints.Count(e => e.Uid == "u1+u2"));
        Assert.Equal(["10.0.0.5"], snapshot.Endpoints.Single(e => e.Uid == "u1").Addresses.Select(a => a.ToString()));
    }

    [Fact]
    public void Each_family_stands_on_its_own() // S-b19
    {
        ClusterBuilder cluster = new ClusterBuilder()
            .Pod("x/both", 1, "app=both")
            .Pod("x/four", 2, "app=four").With(p => p with { Addresses = [p.Addresses[0]] })
            .Pod("x/six", 3, "app=six").With(p => p with { Addresses = [p.Addresses[1]] })
            .Ingress("x/p", "app=both", Rule([Pods("app=four")]))
            .Ingress("x/q", "app=six", Rule([Pods("app=both")]));
        Allowed(cluster, "10.0.0.2", "10.0.0.1");
        Denied(cluster, "fd00::3", "fd00::1");
        Denied(cluster, "fd00::2", "fd00::1");
        Allowed(cluster, "fd00::1", "fd00::3");
        Assert.Equal("10.0.0.2/32", Resolve(cluster).Endpoints.Single(e => e.Name == "both").Ingress.Set.Rules[0].Peers.ToString());
    }

    [Fact]
    public void Only_pods_of_the_node_are_enforced() // contract: locality
    {
        ClusterBuilder cluster = Cluster().Ingress("x/p", "");
        Denied(cluster, 2, 1, node: "n1");
        Allowed(cluster, 1, 2, node: "n1");
        Denied(cluster, 1, 2, node: "n2");
        Assert.Equal(["a", "c"], Resolve(cluster, node: "n1").Endpoints.Select(e => e.Name));
    }
}
