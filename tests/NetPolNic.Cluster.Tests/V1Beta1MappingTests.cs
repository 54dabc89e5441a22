using NetPolNic.Cluster.Tests.Support;
using NetPolNic.Policy.Model;

namespace NetPolNic.Cluster.Tests;

/// <summary>extensions/v1beta1 and the namespace annotation (S-a).</summary>
public sealed class V1Beta1MappingTests
{
    // S-a1
    [Fact]
    public void Applies_to_ingress_only()
    {
        NetworkPolicy policy = Manifests.V1Beta1("  podSelector: {}");

        Assert.Equal(PolicyApi.V1Beta1, policy.Api);
        Assert.Equal((true, false), (policy.AppliesToIngress, policy.AppliesToEgress));
        Assert.Empty(policy.Egress);
    }

    // S-a5
    [Theory]
    [InlineData("  podSelector: {}")]
    [InlineData("  podSelector: null")]
    [InlineData("  ingress: []")]
    public void Selects_every_pod_without_a_selector(string spec) =>
        Assert.Same(LabelSelector.Everything, Manifests.V1Beta1(spec).PodSelector);

    // S-a6
    [Theory]
    [InlineData("  podSelector: {}")]
    [InlineData("  ingress: []")]
    [InlineData("  ingress: null")]
    public void Has_no_rule_without_ingress(string spec) => Assert.Empty(Manifests.V1Beta1(spec).Ingress);

    // S-a7
    [Fact]
    public void Keeps_missing_and_empty_lists_apart()
    {
        NetworkPolicy policy = Manifests.V1Beta1(
            "  ingress:\n  - {}\n  - from: []\n    ports: []\n  - from:\n    ports: null\n");

        Assert.Equal([true, false, true], policy.Ingress.Select(rule => rule.Peers is null));
        Assert.Equal([true, false, true], policy.Ingress.Select(rule => rule.Ports is null));
    }

    // S-a9
    [Fact]
    public void Maps_peers()
    {
        NetworkPolicy policy = Manifests.V1Beta1(
            "  ingress:\n  - from:\n    - podSelector: {}\n    - namespaceSelector:\n        matchLabels: {a: b}\n");

        PeerMatch[] peers = [.. policy.Ingress[0].Peers!.Value];
        Assert.Equal((LabelSelector.Everything, null), (peers[0].PodSelector, peers[0].NamespaceSelector));
        Assert.Null(peers[1].PodSelector);
        Assert.NotNull(peers[1].NamespaceSelector);
    }

    // S-a10
    [Fact]
    public void Maps_ports_of_any_case()
    {
        NetworkPolicy policy = Manifests.V1Beta1(
            "  ingress:\n  - ports:\n    - {}\n    - {protocol: tcp, port: 6379}\n    - {protocol: Udp}\n" +
            "    - port: redis\n");

        Assert.Equal(
            [
                new L4PortMatch(L4Proto.Tcp),
                new L4PortMatch(L4Proto.Tcp, 6379, 6379),
                new L4PortMatch(L4Proto.Udp),
                new L4PortMatch(L4Proto.Tcp, Name: "redis"),
            ],
            policy.Ingress[0].Ports!.Value);
    }

    // S-a4: whatever the annotation holds, the namespace is read; the resolver judges it.
    [Theory]
    [InlineData("'{\"ingress\":{\"isolation\":\"DefaultDeny\"}}'", "{\"ingress\":{\"isolation\":\"DefaultDeny\"}}")]
    [InlineData("'no json'", "no json")]
    [InlineData("''", "")]
    public void Keeps_the_annotation_as_written(string yaml, string expected)
    {
        Namespace ns = Assert.Single(Manifests.Accepted(
            "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: x\n  annotations:\n" +
            $"    net.beta.kubernetes.io/network-policy: {yaml}\n").Namespaces);

        Assert.Equal(expected, ns.IsolationAnnotation);
    }

    [Fact]
    public void Has_no_annotation_where_none_is() =>
        Assert.Null(Manifests.Accepted("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: x\n").Namespaces[0]
            .IsolationAnnotation);
}
