using k8s;
using k8s.Models;
using NetPolNic.Cluster.Mapping;
using NetPolNic.Cluster.Validation;
using NetPolNic.Policy.Model;

namespace NetPolNic.Cluster.Tests;

/// <summary>What an API server accepted and we do not understand fails closed (S-d2).</summary>
public sealed class FaultTests
{
    [Fact]
    public void A_peer_without_a_known_field_matches_nothing()
    {
        NetworkPolicy policy = Map("""{"ingress": [{"from": [{"podSelector": {}}, {}]}]}""");

        Assert.Equal([false, true], policy.Ingress[0].Peers!.Value.Select(peer => peer.NotUnderstood));
    }

    [Fact]
    public void A_peer_with_an_unknown_operator_matches_nothing()
    {
        NetworkPolicy policy = Map(
            """{"egress": [{"to": [{"podSelector": {"matchExpressions": [{"key": "a", "operator": "Gt"}]}}]}]}""");

        Assert.True(Assert.Single(policy.Egress[0].Peers!.Value).NotUnderstood);
    }

    [Fact]
    public void A_peer_with_an_unreadable_exception_matches_nothing()
    {
        NetworkPolicy policy = Map(
            """{"egress": [{"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["ten"]}}]}]}""");

        Assert.True(Assert.Single(policy.Egress[0].Peers!.Value).NotUnderstood);
    }

    [Fact]
    public void A_port_of_an_unknown_protocol_is_left_out()
    {
        NetworkPolicy policy = Map("""{"ingress": [{"ports": [{"protocol": "QUIC"}, {"port": 80}]}]}""");

        Assert.Equal([new L4PortMatch(L4Proto.Tcp, 80, 80)], policy.Ingress[0].Ports!.Value);
    }

    [Fact]
    public void A_rule_that_lost_all_its_ports_allows_nothing()
    {
        NetworkPolicy policy = Map("""{"ingress": [{"ports": [{"protocol": "QUIC"}]}, {"ports": [{"port": 80}]}]}""");

        Assert.True(Assert.Single(policy.Ingress[0].Peers!.Value).NotUnderstood);
        Assert.Null(policy.Ingress[1].Peers);
    }

    [Fact]
    public void An_unknown_field_of_a_rule_closes_that_rule_only()
    {
        FieldPath unknown = FieldPath.Root.Child("spec").Child("ingress").Index(0).Child("scope");

        NetworkPolicy policy = Map("""{"ingress": [{}, {}]}""", new FieldProblem(unknown, "unknown field"));

        Assert.True(Assert.Single(policy.Ingress[0].Peers!.Value).NotUnderstood);
        Assert.Null(policy.Ingress[1].Peers);
    }

    [Fact]
    public void An_unknown_selector_selects_more_and_allows_nothing()
    {
        NetworkPolicy policy = Map(
            """
            {"podSelector": {"matchLabels": {"a": "b"}, "matchExpressions": [{"key": "c", "operator": "Gt"}]},
             "policyTypes": ["Ingress"], "ingress": [{}]}
            """);

        Assert.Equal("a", Assert.Single(policy.PodSelector.Requirements).Key);
        Assert.Equal((true, true), (policy.AppliesToIngress, policy.AppliesToEgress));
        Assert.True(Assert.Single(policy.Ingress[0].Peers!.Value).NotUnderstood);
    }

    [Fact]
    public void Unknown_policy_types_isolate_in_both_directions()
    {
        NetworkPolicy policy = Map("""{"policyTypes": ["Ingress", "Sideways"], "egress": [{}]}""");

        Assert.Equal((true, true), (policy.AppliesToIngress, policy.AppliesToEgress));
        Assert.True(Assert.Single(policy.Egress[0].Peers!.Value).NotUnderstood);
    }

    [Fact]
    public void Warnings_close_nothing()
    {
        NetworkPolicy policy = Map("""{"egress": [{"to": [{"ipBlock": {"cidr": "10.1.2.3/8"}}]}]}""");

        Assert.Equal("10.0.0.0/8", policy.Egress[0].Peers!.Value[0].IpBlock!.Cidr.ToString());
    }

    [Theory]
    [InlineData("spec.ingress[0]", "spec.ingress[0].from[1]", false)]
    [InlineData("spec.ingress[0].from[1]", "spec.ingress[0]", true)]
    [InlineData("spec.ingress[0]", "spec.ingress[0]", true)]
    [InlineData("spec.ingress[0].from[1]", "spec.ingress[1]", false)]
    [InlineData("spec.ingressive", "spec.ingress", false)]
    public void A_path_is_within_its_ancestors(string path, string ancestor, bool expected) =>
        Assert.Equal(expected, Parse(path).IsWithin(Parse(ancestor)));

    private static FieldPath Parse(string text) =>
        text.Replace("[", ".[", StringComparison.Ordinal).Split('.').Aggregate(
            FieldPath.Root,
            (path, step) => step[0] == '[' ? path.Index(step[1] - '0') : path.Child(step));

    private static NetworkPolicy Map(string spec, params FieldProblem[] more)
    {
        V1NetworkPolicy policy = KubernetesJson.Deserialize<V1NetworkPolicy>(
            $$"""{"metadata": {"name": "p", "namespace": "x"}, "spec": {{spec}}}""");
        return NetworkPolicyMapper.Map(policy, new FaultSet([.. NetworkPolicyValidator.Validate(policy), .. more]));
    }
}
