using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;
using NetPolNic.TestSupport;
using static NetPolNic.TestSupport.ClusterBuilder;

namespace NetPolNic.Policy.Tests;

/// <summary>SEMANTICS part b: isolation, lists, selectors.</summary>
public sealed class V1SelectionTests : SemanticsTest
{
    private static ClusterBuilder Cluster() => new ClusterBuilder()
        .Space("x", "team=a").Space("y", "team=b")
        .Pod("x/a", 1, "app=web").Pod("x/b", 2, "app=db").Pod("y/a", 3, "app=web").Pod("y/b", 4, "app=db,tier=");

    [Fact]
    public void Policy_applies_to_its_types_only_and_other_rules_are_inert() // S-b1, S-b4
    {
        ClusterBuilder cluster = Cluster().Add(
            PolicyApi.V1, "x/p", Select("app=web"), true, false, [], [Rule([Pods("app=none")])]);
        Denied(cluster, 2, 1);
        Allowed(cluster, 1, 3);
        ClusterBuilder both = Cluster().Add(
            PolicyApi.V1, "x/p", Select("app=web"), true, true, [], [Rule([Pods("app=db")])]);
        Allowed(both, 1, 2);
        Denied(both, 1, 3);
    }

    [Fact]
    public void Inert_rules_allow_nothing() // S-b4
    {
        ClusterBuilder cluster = Cluster()
            .Add(PolicyApi.V1, "x/p", Select(""), false, true, [Rule(null, null)], [])
            .Ingress("x/deny", "");
        Denied(cluster, 3, 1);
    }

    [Fact]
    public void Isolation_is_per_direction_and_by_selection() // S-b2
    {
        ClusterBuilder cluster = Cluster().Ingress("x/p", "app=web");
        Denied(cluster, 3, 1);
        Allowed(cluster, 1, 3);
        Allowed(cluster, 3, 2);
        LocalEndpoint endpoint = Resolve(cluster).Endpoints.Single(e => e.Uid == "x/a");
        Assert.Same(PolicySet.Closed, endpoint.Ingress.Set);
        Assert.Same(PolicySet.Open, endpoint.Egress.Set);
        Assert.Equal("x/p", Assert.Single(endpoint.Ingress.IsolatedBy).ToString());
    }

    [Fact]
    public void Policies_are_a_union() // S-b3
    {
        ClusterBuilder cluster = Cluster().Ingress("x/deny", "")
            .Ingress("x/p", "app=web", Rule([Pods("app=db")], "TCP/80"))
            .Ingress("x/q", "", Rule([Spaces("team=b")], "UDP/53"));
        Allowed(cluster, 2, 1, "TCP/80");
        Denied(cluster, 2, 1, "UDP/53");
        Allowed(cluster, 3, 1, "UDP/53");
        Denied(cluster, 3, 1, "TCP/80");
    }

    [Fact]
    public void Both_ends_must_allow() // S-b3
    {
        ClusterBuilder cluster = Cluster().Egress("y/out", "app=web", Rule([Spaces("team=a")], "TCP/80"))
            .Ingress("x/in", "", Rule([Spaces("team=b")], "TCP/81"));
        Denied(cluster, 3, 1, "TCP/80");
        Denied(cluster, 3, 1, "TCP/81");
        Allowed(cluster, 4, 1, "TCP/81");
    }

    [Fact]
    public void No_rules_deny_all_and_no_or_empty_lists_match_all() // S-b4
    {
        Denied(Cluster().Ingress("x/p", ""), 2, 1);
        Denied(Cluster().Egress("x/p", ""), 1, "8.8.8.8");
        Allowed(Cluster().Ingress("x/p", "", Rule(null, null)), "8.8.8.8", 1, "GRE");
        Allowed(Cluster().Ingress("x/p", "", Rule([], [])), "2001:db8::8", 1, "ICMP6");
        Allowed(Cluster().Egress("x/p", "", Rule([], null)), 1, "8.8.8.8", "SCTP/9");
    }

    [Fact]
    public void Pod_selector_is_the_namespace_of_the_policy_and_both_selectors_are_anded() // S-b5
    {
        ClusterBuilder own = Cluster().Ingress("x/p", "", Rule([Pods("app=web")]));
        Allowed(own, 1, 2);
        Denied(own, 3, 2);
        ClusterBuilder spaces = Cluster().Ingress("x/p", "", Rule([Spaces("team=b")]));
        Allowed(spaces, 3, 2);
        Allowed(spaces, 4, 2);
        Denied(spaces, 1, 2);
        ClusterBuilder both = Cluster().Ingress("x/p", "", Rule([new PeerMatch(Select("app=web"), Select("team=b"))]));
        Allowed(both, 3, 2);
        Denied(both, 4, 2);
        Denied(both, 1, 2);
    }

    [Fact]
    public void Separate_peers_are_ored_and_empty_selectors_select_all_pods() // S-b5
    {
        ClusterBuilder either = Cluster().Ingress("x/p", "", Rule([Pods("app=web"), Spaces("team=b")]));
        Allowed(either, 1, 2);
        Allowed(either, 4, 2);
        ClusterBuilder all = Cluster().Ingress("x/p", "", Rule([Spaces("")]));
        Allowed(all, 4, 2);
        Denied(all, "8.8.8.8", 2);
        Denied(all, "2001:db8::8", 2);
        Denied(Cluster().Ingress("x/p", "", Rule([Pods("")])), 4, 2);
    }

    [Theory]
    [InlineData(LabelOperator.In, "web", true, false, false)]
    [InlineData(LabelOperator.In, "", false, true, false)]
    [InlineData(LabelOperator.NotIn, "web", false, true, true)]
    [InlineData(LabelOperator.NotIn, "", true, false, true)]
    [InlineData(LabelOperator.Exists, null, true, true, false)]
    [InlineData(LabelOperator.DoesNotExist, null, false, false, true)]
    public void Operators_treat_an_absent_key_by_the_book(LabelOperator op, string? value, bool web, bool empty, bool absent) // S-b6
    {
        LabelSelector selector = Select("k", op, value is null ? [] : [value]);
        ClusterBuilder cluster = new ClusterBuilder()
            .Pod("x/s", 1, "app=s").Pod("x/web", 2, "k=web").Pod("x/empty", 3, "k=").Pod("x/absent", 4)
            .Ingress("x/p", "app=s", Rule([new PeerMatch(PodSelector: selector)]))
            .Add(PolicyApi.V1, "x/q", selector, false, true, [], []);
        (int Pod, bool Matches)[] rows = [(2, web), (3, empty), (4, absent)];
        foreach ((int pod, bool matches) in rows)
        {
            Action<ClusterBuilder, object, object, string, IsolationMode, string?> check = matches ? Denied : Allowed;
            check(cluster, pod, "8.8.8.8", "TCP/80", IsolationMode.Auto, null);
        }

        PeerSet peers = Resolve(cluster).Endpoints.Single(e => e.Name == "s").Ingress.Set.Rules
            .Select(r => r.Peers).Aggregate(PeerSet.Empty, (a, b) => a.Union(b));
        Assert.All(rows, r => Assert.Equal(r.Matches, peers.Contains(Address(IpFamily.V6, r.Pod))));
    }

    [Fact]
    public void Requirements_are_anded() // S-b6
    {
        ClusterBuilder cluster = Cluster().Ingress("x/p", "", Rule([new PeerMatch(Select("app=db,tier="), Select(""))]));
        Allowed(cluster, 4, 1);
        Denied(cluster, 2, 1);
    }

    [Fact]
    public void Every_namespace_carries_its_name_as_label() // S-b10, S-d3
    {
        const string Label = "kubernetes.io/metadata.name";
        ClusterBuilder cluster = new ClusterBuilder().Space("x", $"{Label}=lie").Pod("x/a", 1).Pod("missing/a", 2)
            .Ingress("x/p", "", Rule([Spaces($"{Label}=missing")]))
            .Ingress("missing/p", "", Rule([Spaces($"{Label}=x")]));
        Allowed(cluster, 2, 1);
        Allowed(cluster, 1, 2);
        Denied(new ClusterBuilder().Space("x", $"{Label}=lie").Pod("x/a", 1).Pod("y/b", 2)
            .Ingress("y/p", "", Rule([Spaces($"{Label}=lie")])), 1, 2);
    }
}
