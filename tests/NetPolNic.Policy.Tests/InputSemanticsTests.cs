using NetPolNic.Policy.Model;
using NetPolNic.Policy.Reference;
using NetPolNic.Policy.Resolve;
using NetPolNic.TestSupport;
using static NetPolNic.TestSupport.ClusterBuilder;

namespace NetPolNic.Policy.Tests;

/// <summary>SEMANTICS part d as far as the resolver is concerned, and what <c>explain</c> tells.</summary>
public sealed class InputSemanticsTests : SemanticsTest
{
    private static ClusterBuilder Cluster() => new ClusterBuilder().Pod("x/a", 1, "app=a").Pod("x/b", 2, "app=b");

    [Fact]
    public void Peer_that_is_not_understood_matches_nothing_but_the_policy_isolates() // S-d2
    {
        PeerMatch future = new(PodSelector: Select(""), NotUnderstood: true);
        ClusterBuilder cluster = Cluster().Ingress("x/p", "app=a", Rule([future]));
        Denied(cluster, 2, 1);
        Assert.Equal(["policy x/p: ingress[0].from[0] is not understood and matches nothing"], Resolve(cluster).Warnings.Select(w => w.Text));
        Allowed(Cluster().Ingress("x/p", "app=a", Rule([future, Pods("app=b")])), 2, 1);
        ClusterBuilder egress = Cluster().Egress("x/p", "app=a", Rule([future], "TCP/80"));
        Denied(egress, 1, 2);
        Assert.Equal(["policy x/p: egress[0].to[0] is not understood and matches nothing"], Resolve(egress).Warnings.Select(w => w.Text));
    }

    [Fact]
    public void Peer_without_any_known_field_matches_nothing() // S-d2
    {
        Denied(Cluster().Ingress("x/p", "app=a", Rule([new PeerMatch()])), 2, 1);
        PeerMatch both = Block("0.0.0.0/0") with { PodSelector = Select("") };
        Denied(Cluster().Ingress("x/p", "app=a", Rule([both])), 2, 1);
    }

    [Fact]
    public void Missing_namespace_is_an_empty_one() // S-d3
    {
        Denied(Cluster().Ingress("x/p", "app=a"), 2, 1);
        Allowed(Cluster().Ingress("x/p", "app=a", Rule([Spaces("")])), 2, 1);
        Denied(Cluster().Ingress("x/p", "app=a", Rule([Spaces("team=a")])), 2, 1);
    }

    [Fact]
    public void Policy_in_a_namespace_without_pods_or_object_is_harmless() // S-d3
    {
        Allowed(Cluster().Ingress("nowhere/p", "", Rule([Spaces("")])), 2, 1);
    }

    [Fact]
    public void Empty_state_resolves_to_nothing()
    {
        Assert.True(new PolicyResolver().Resolve(ClusterState.Empty, "n1").SaysTheSameAs(PolicySnapshot.Empty));
    }

    [Fact]
    public void Explanation_names_policy_rule_peer_and_port()
    {
        ClusterBuilder cluster = Cluster()
            .Ingress("x/p", "app=a", Rule([Pods("app=none")]), Rule([Pods("app=a"), Pods("app=b")], "UDP/53", "TCP/80"));
        FlowDecision allowed = new PolicyEvaluator(cluster.Build())
            .Evaluate(Address(IpFamily.V6, 2), Address(IpFamily.V6, 1), 6, 80);
        Assert.Equal("x/p ingress[1].from[1].ports[1]", Assert.Single(allowed.Ingress.AllowedBy).ToString());
        Assert.Equal(DecisionReason.AllowedByRule, allowed.Ingress.Reason);
        Assert.Equal(DecisionReason.NotIsolated, allowed.Egress.Reason);
        FlowDecision denied = new PolicyEvaluator(cluster.Build())
            .Evaluate(IpAddr.Parse("8.8.8.8"), Address(IpFamily.V4, 1), 6, 80);
        Assert.Equal("isolated by x/p, no rule allows it", denied.Ingress.Explanation);
        Assert.Equal(DecisionReason.NotAPod, denied.Egress.Reason);
    }

    [Fact]
    public void Merged_rule_keeps_every_origin()
    {
        ClusterBuilder cluster = Cluster()
            .Ingress("x/p", "app=a", Rule([Pods("app=b")], "TCP/80")).Ingress("x/q", "", Rule([Pods("app=b")], "TCP/80-81"));
        EndpointDirection ingress = Resolve(cluster).Endpoints[0].Ingress;
        Assert.Equal("TCP/80-81", Assert.Single(ingress.Set.Rules).Ports.ToString());
        Assert.Equal(
            ["x/p ingress[0].from[0].ports[0]", "x/q ingress[0].from[0].ports[0]"],
            Assert.Single(ingress.RuleOrigins).Select(o => o.ToString()));
    }

    [Fact]
    public void Pods_with_equal_policy_share_the_set()
    {
        ClusterBuilder cluster = Cluster().Ingress("x/p", "app=a", Rule([Pods("")])).Ingress("x/q", "app=b", Rule([Pods("")]));
        PolicySnapshot snapshot = Resolve(cluster);
        Assert.Same(snapshot.Endpoints[0].Ingress.Set, snapshot.Endpoints[1].Ingress.Set);
    }
}
