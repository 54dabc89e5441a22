using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;
using NetPolNic.TestSupport;
using static NetPolNic.TestSupport.ClusterBuilder;

namespace NetPolNic.Policy.Tests;

/// <summary>SEMANTICS part a: extensions/v1beta1 with isolation by namespace.</summary>
public sealed class SeedSemanticsTests : SemanticsTest
{
    private static ClusterBuilder Isolated() => new ClusterBuilder()
        .Space("x", "project=myproject", DefaultDeny).Space("y", "project=myproject")
        .Pod("x/db", 1, "role=db", ports: "redis=TCP/6379 redis=UDP/1").Pod("x/front", 2, "role=frontend").Pod("x/other", 3)
        .Pod("y/front", 4, "role=frontend");

    [Fact]
    public void Default_deny_isolates_ingress_only() // S-a1
    {
        Denied(Isolated(), 4, 1);
        Allowed(Isolated(), 1, 4);
    }

    [Fact]
    public void Policies_do_nothing_in_a_namespace_that_is_not_isolated() // S-a2
    {
        ClusterBuilder cluster = new ClusterBuilder().Space("x").Pod("x/a", 1).Pod("x/b", 2)
            .Seed("x/p", "", Rule([Pods("role=none")]));
        Allowed(cluster, 2, 1);
        Assert.All(Resolve(cluster).Endpoints, e => Assert.Same(PolicySet.Open, e.Ingress.Set));
    }

    [Fact]
    public void Policies_of_a_namespace_that_is_not_isolated_add_nothing_to_v1_policies() // S-a2, S-a12
    {
        ClusterBuilder cluster = new ClusterBuilder().Space("x").Pod("x/a", 1).Pod("x/b", 2)
            .Seed("x/p", "", Rule(null, null)).Ingress("x/deny", "");
        Denied(cluster, 2, 1);
    }

    [Fact]
    public void Isolated_namespace_denies_its_own_pods_whether_or_not_selected() // S-a3
    {
        ClusterBuilder cluster = Isolated().Seed("x/p", "role=db", Rule([Pods("role=frontend")]));
        Allowed(cluster, 2, 1);
        Denied(cluster, 3, 1);
        Denied(cluster, 1, 3);
        Denied(cluster, 2, 3);
        Denied(cluster, 4, 1);
        EndpointDirection other = Resolve(cluster).Endpoints.Single(e => e.Name == "other").Ingress;
        Assert.Equal([RuleOrigin.OfAnnotation("x")], other.IsolatedBy);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"DefaultDeny\"")]
    [InlineData("""{"ingress":{}}""")]
    [InlineData("""{"ingress":null}""")]
    [InlineData("""{"ingress":"DefaultDeny"}""")]
    [InlineData("""{"ingress":{"isolation":"defaultdeny"}}""")]
    [InlineData("""{"ingress":{"isolation":["DefaultDeny"]}}""")]
    [InlineData("""{"ingress":{"isolation":true}}""")]
    [InlineData("""{"egress":{"isolation":"DefaultDeny"}}""")]
    [InlineData("""{"ingress":{"isolation":"DefaultDeny"}} trailing""")]
    [InlineData("""{"ingress":{"isolation":"\ud800"}}""")]
    [InlineData("""{"\ud800":{},"ingress":1}""")]
    [InlineData("{\"ingress\":\n{\"isolation\":\"no\ud800\"}}")]
    public void Any_other_annotation_does_not_isolate_and_is_warned_of(string value) // S-a4
    {
        ClusterBuilder cluster = new ClusterBuilder().Space("x", "", value).Space("y").Pod("x/a", 1).Pod("x/b", 2);
        Allowed(cluster, 2, 1);
        string warning = Assert.Single(Resolve(cluster).Warnings).Text;
        Assert.Contains("namespace x:", warning, StringComparison.Ordinal);
        Assert.Contains(value.Replace('\n', ' '), warning, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', warning);
    }

    [Theory]
    [InlineData("{\n  \"ingress\": {\n    \"isolation\": \"DefaultDeny\"\n  }\n}\n")]
    [InlineData("""{"egress":{},"ingress":{"isolation":"DefaultDeny","more":1}}""")]
    public void Annotation_isolates_however_it_is_laid_out(string value) // S-a1
    {
        ClusterBuilder cluster = new ClusterBuilder().Space("x", "", value).Pod("x/a", 1).Pod("x/b", 2);
        Denied(cluster, 2, 1);
        Assert.Empty(Resolve(cluster).Warnings);
    }

    [Fact]
    public void Empty_pod_selector_selects_the_whole_namespace() // S-a5
    {
        ClusterBuilder cluster = Isolated().Seed("x/p", "", Rule([Pods("role=frontend")]));
        Allowed(cluster, 2, 1);
        Allowed(cluster, 2, 3);
        Denied(cluster, 1, 3);
    }

    [Fact]
    public void No_ingress_rules_add_nothing() // S-a6
    {
        Denied(Isolated().Seed("x/p", ""), 2, 1);
    }

    [Fact]
    public void Missing_list_matches_everything_and_empty_list_nothing() // S-a7
    {
        Allowed(Isolated().Seed("x/p", "role=db", Rule(null, null)), "8.8.8.8", 1, "UDP/5");
        Allowed(Isolated().Seed("x/p", "role=db", Rule(null, null)), "2001:db8::8", 1, "GRE");
        Denied(Isolated().Seed("x/p", "role=db", Rule([], null)), 2, 1);
        Denied(Isolated().Seed("x/p", "role=db", Rule(null, [])), 2, 1);
        Allowed(Isolated().Ingress("x/p", "role=db", Rule([], [])), 2, 1);
    }

    [Fact]
    public void Rule_needs_peer_and_port_and_policies_are_a_union() // S-a8
    {
        ClusterBuilder cluster = Isolated()
            .Seed("x/p", "role=db", Rule([Spaces("project=none"), Pods("role=frontend")], "TCP/6379", "TCP/6380"))
            .Seed("x/q", "role=db", Rule([Spaces("project=myproject")], "UDP/53"));
        Allowed(cluster, 2, 1, "TCP/6379");
        Allowed(cluster, 2, 1, "TCP/6380");
        Allowed(cluster, 2, 1, "UDP/53");
        Denied(cluster, 2, 1, "TCP/53");
        Denied(cluster, 4, 1, "TCP/6379");
        Allowed(cluster, 4, 1, "UDP/53");
    }

    [Fact]
    public void Peer_is_same_namespace_pods_or_all_pods_of_namespaces() // S-a9
    {
        Denied(Isolated().Seed("x/p", "", Rule([Pods("role=frontend")])), 4, 1);
        Allowed(Isolated().Seed("x/p", "", Rule([Spaces("project=myproject")])), 4, 1);
        Allowed(Isolated().Seed("x/p", "", Rule([Spaces("project=myproject")])), 3, 1);
        Denied(Isolated().Seed("x/p", "", Rule([new PeerMatch(Select("role=frontend"), Select(""))])), 2, 1);
        Denied(Isolated().Seed("x/p", "", Rule([new PeerMatch()])), 2, 1);
        Denied(Isolated().Seed("x/p", "", Rule([Block("0.0.0.0/0"), Block("::/0")])), 2, 1);
    }

    [Fact]
    public void Port_without_number_is_the_protocol_and_a_name_is_a_container_port() // S-a10
    {
        ClusterBuilder cluster = Isolated().Seed("x/p", "", Rule(null, "UDP", "TCP/redis"));
        Allowed(cluster, 2, 1, "UDP/9");
        Allowed(cluster, 2, 1, "TCP/6379");
        Denied(cluster, 2, 1, "TCP/1");
        Denied(cluster, 2, 3, "TCP/6379");
        Denied(Isolated().Seed("x/p", "", Rule(null, "TCP/80-81")), 2, 1);
    }

    [Fact]
    public void Auto_isolates_if_either_model_does_and_passes_if_either_allows() // S-a12
    {
        ClusterBuilder cluster = Isolated().Pod("y/b", 5)
            .Seed("x/seed", "role=db", Rule([Pods("role=frontend")]))
            .Ingress("x/v1", "role=db", Rule([Spaces("")], "UDP/53"))
            .Ingress("y/v1", "", Rule([Pods("role=frontend")]));
        Allowed(cluster, 2, 1, "TCP/80");
        Allowed(cluster, 4, 1, "UDP/53");
        Denied(cluster, 4, 1, "TCP/80");
        Denied(cluster, 1, 5);
        Allowed(cluster, 4, 5);
        Assert.Equal(2, Resolve(cluster).Endpoints.Single(e => e.Name == "db").Ingress.IsolatedBy.Length);
    }

    [Fact]
    public void Namespace_mode_uses_v1_ingress_rules_in_annotated_namespaces_only() // S-a12
    {
        ClusterBuilder cluster = Isolated().Pod("y/b", 5)
            .Ingress("x/v1", "role=db", Rule([Pods("role=frontend")], "TCP/80", "TCP/90-99"), Rule([Block("0.0.0.0/0")]))
            .Ingress("y/v1", "")
            .Egress("x/out", "");
        Allowed(cluster, 2, 1, mode: IsolationMode.Namespace);
        Denied(cluster, 2, 1, "TCP/95", mode: IsolationMode.Namespace);
        Denied(cluster, "8.8.8.8", 1, mode: IsolationMode.Namespace);
        Denied(cluster, 1, 3, mode: IsolationMode.Namespace);
        Allowed(cluster, 4, 5, mode: IsolationMode.Namespace);
        Allowed(cluster, 1, "2001:db8::8", mode: IsolationMode.Namespace);
        Assert.Equal(
            [
                "policy x/out: egress is not enforced with isolation by namespace",
                "policy x/v1: ingress[0].ports[1] has an endPort, which isolation by namespace does not know and matches nothing",
                "policy x/v1: ingress[1].from[0] has an ipBlock, which isolation by namespace does not know and matches nothing",
            ],
            Resolve(cluster, IsolationMode.Namespace).Warnings.Select(w => w.Text));
    }

    [Fact]
    public void Pod_mode_ignores_the_annotation_and_lets_seed_policies_isolate() // S-a12
    {
        ClusterBuilder cluster = Isolated().Seed("x/p", "role=db", Rule([Pods("role=frontend")]))
            .Seed("y/p", "", Rule([], null));
        Allowed(cluster, 1, 3, mode: IsolationMode.Pod);
        Allowed(cluster, 2, 1, mode: IsolationMode.Pod);
        Denied(cluster, 3, 1, mode: IsolationMode.Pod);
        Denied(cluster, 1, 4, mode: IsolationMode.Pod);
        Assert.Empty(Resolve(cluster, IsolationMode.Pod).Warnings);
    }
}
