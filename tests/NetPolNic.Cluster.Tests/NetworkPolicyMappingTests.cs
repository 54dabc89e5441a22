using NetPolNic.Cluster.Tests.Support;
using NetPolNic.Policy.Model;

namespace NetPolNic.Cluster.Tests;

/// <summary>networking.k8s.io/v1 (S-b).</summary>
public sealed class NetworkPolicyMappingTests
{
    // S-b1
    [Theory]
    [InlineData("  podSelector: {}", true, false)]
    [InlineData("  podSelector: {}\n  policyTypes: []", true, false)]
    [InlineData("  podSelector: {}\n  egress: []", true, false)]
    [InlineData("  podSelector: {}\n  egress:\n  - {}", true, true)]
    [InlineData("  podSelector: {}\n  policyTypes: [Ingress]\n  egress:\n  - {}", true, false)]
    [InlineData("  podSelector: {}\n  policyTypes: [Egress]", false, true)]
    [InlineData("  podSelector: {}\n  policyTypes: [Egress]\n  ingress:\n  - {}", false, true)]
    [InlineData("  podSelector: {}\n  policyTypes: [Egress, Ingress]", true, true)]
    public void Applies_to_the_directions_of_policy_types(string spec, bool ingress, bool egress)
    {
        NetworkPolicy policy = Manifests.V1(spec);

        Assert.Equal((ingress, egress), (policy.AppliesToIngress, policy.AppliesToEgress));
    }

    // S-b4: the resolver treats both alike; the model keeps what was written.
    [Fact]
    public void Keeps_missing_and_empty_lists_apart()
    {
        NetworkPolicy policy = Manifests.V1(
            "  ingress:\n  - {}\n  - from: []\n    ports: []\n  - from:\n    ports: null\n");

        Assert.Equal([true, false, true], policy.Ingress.Select(rule => rule.Peers is null));
        Assert.Equal([true, false, true], policy.Ingress.Select(rule => rule.Ports is null));
    }

    // S-b5
    [Fact]
    public void Maps_the_combinations_of_selectors()
    {
        NetworkPolicy policy = Manifests.V1(
            """
              podSelector: {}
              ingress:
              - from:
                - podSelector: {}
                - namespaceSelector:
                    matchLabels: {a: b}
                - podSelector: {matchLabels: {}}
                  namespaceSelector: {matchExpressions: []}
            """);

        PeerMatch[] peers = [.. policy.Ingress[0].Peers!.Value];
        Assert.Equal((LabelSelector.Everything, null), (peers[0].PodSelector, peers[0].NamespaceSelector));
        Assert.Equal("a", Assert.Single(peers[1].NamespaceSelector!.Requirements).Key);
        Assert.Null(peers[1].PodSelector);
        Assert.Equal(
            (LabelSelector.Everything, LabelSelector.Everything), (peers[2].PodSelector, peers[2].NamespaceSelector));
        Assert.All(peers, peer => Assert.False(peer.NotUnderstood));
    }

    // S-b6
    [Fact]
    public void Maps_selectors()
    {
        LabelSelector selector = Manifests.V1(
            """
              podSelector:
                matchLabels:
                  app.kubernetes.io/name: web
                  empty: ""
                matchExpressions:
                - {key: a, operator: In, values: [b, c]}
                - {key: d, operator: NotIn, values: [""]}
                - {key: e, operator: Exists}
                - {key: f, operator: DoesNotExist, values: []}
            """).PodSelector;

        Assert.Equal(
            "app.kubernetes.io/name In web; empty In ; a In b,c; d NotIn ; e Exists ; f DoesNotExist ",
            string.Join("; ", selector.Requirements.Select(r => $"{r.Key} {r.Operator} {string.Join(',', r.Values)}")));
    }

    [Fact]
    public void Selects_every_pod_without_a_selector() =>
        Assert.Same(LabelSelector.Everything, Manifests.V1("  policyTypes: [Ingress]").PodSelector);

    // S-b7
    [Fact]
    public void Maps_ip_blocks_of_both_families()
    {
        NetworkPolicy policy = Manifests.V1(
            """
              podSelector: {}
              egress:
              - to:
                - ipBlock:
                    cidr: 10.0.0.0/8
                    except: [10.1.0.0/16, 10.2.0.0/32]
                - ipBlock:
                    cidr: ::/0
                    except: ["fd00::/8"]
                - ipBlock: {cidr: 0.0.0.0/0}
            """);

        Assert.Equal(
            "10.0.0.0/8 -10.1.0.0/16 -10.2.0.0/32; ::/0 -fd00::/8; 0.0.0.0/0",
            string.Join("; ", policy.Egress[0].Peers!.Value.Select(
                peer => string.Join(" -", peer.IpBlock!.Except.Prepend(peer.IpBlock.Cidr)))));
    }

    [Fact]
    public void Masks_host_bits_with_a_warning()
    {
        ManifestLoad load = Manifests.Read(
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: p\nspec:\n" +
            "  egress:\n  - to:\n    - ipBlock:\n        cidr: 10.1.2.3/8\n");

        Assert.Equal(
            "t.yaml:9: warning: NetworkPolicy default/p: spec.egress[0].to[0].ipBlock.cidr: " +
            "\"10.1.2.3/8\" has bits behind its prefix length; it is read as 10.0.0.0/8",
            Assert.Single(load.Problems).ToString());
        Assert.Equal("10.0.0.0/8", load.State!.Policies[0].Egress[0].Peers!.Value[0].IpBlock!.Cidr.ToString());
    }

    [Theory]
    [InlineData("010.0.0.0/8", "10.0.0.0/8")]
    [InlineData("10.001.0.00/016", "10.1.0.0/16")]
    [InlineData("192.168.008.0/24", "192.168.8.0/24")]
    public void Reads_leading_zeros_as_the_api_server_does(string text, string block)
    {
        ManifestLoad load = Manifests.Read(
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: p\nspec:\n" +
            $"  ingress:\n  - from:\n    - ipBlock:\n        cidr: 0.0.0.0/0\n        except: [{text}]\n");

        Assert.Equal(
            "t.yaml:10: warning: NetworkPolicy default/p: spec.ingress[0].from[0].ipBlock.except[0]: " +
            $"\"{text}\" has leading zeros; it is read as {block}",
            Assert.Single(load.Problems).ToString());
        Assert.Equal(block, Assert.Single(load.State!.Policies[0].Ingress[0].Peers!.Value[0].IpBlock!.Except).ToString());
    }

    // S-b8, S-b9
    [Fact]
    public void Maps_ports()
    {
        NetworkPolicy policy = Manifests.V1(
            """
              podSelector: {}
              ingress:
              - ports:
                - {}
                - protocol: UDP
                - port: 80
                - {port: 1, endPort: 65535, protocol: SCTP}
                - {port: 443, endPort: 443}
                - {port: web-2, protocol: UDP}
            """);

        Assert.Equal(
            [
                new L4PortMatch(L4Proto.Tcp),
                new L4PortMatch(L4Proto.Udp),
                new L4PortMatch(L4Proto.Tcp, 80, 80),
                new L4PortMatch(L4Proto.Sctp, 1, 65535),
                new L4PortMatch(L4Proto.Tcp, 443, 443),
                new L4PortMatch(L4Proto.Udp, Name: "web-2"),
            ],
            policy.Ingress[0].Ports!.Value);
    }

    [Fact]
    public void Takes_uid_and_default_namespace()
    {
        ClusterState state = Manifests.Accepted(
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: p\n  uid: 12-34\n---\n" +
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: q\nspec: {}\n");

        Assert.Equal(
            ["12-34 default p", "default/q default q"], state.Policies.Select(p => $"{p.Uid} {p.Namespace} {p.Name}"));
    }

    [Fact]
    public void Reads_what_a_server_adds()
    {
        ClusterState state = Manifests.Accepted(
            """
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata:
              name: p
              namespace: x
              uid: u
              resourceVersion: "12"
              generation: 1
              creationTimestamp: 2024-05-06T07:08:09Z
              deletionTimestamp: null
              selfLink: /apis
              finalizers: [a/b]
              annotations:
                kubectl.kubernetes.io/last-applied-configuration: '{}'
              ownerReferences:
              - {apiVersion: v1, kind: Pod, name: a, uid: u, controller: true, blockOwnerDeletion: false}
              managedFields:
              - manager: kubectl
                fieldsV1:
                  f:spec: {}
            spec:
              podSelector: {}
            status: {}
            """);

        Assert.Equal("u", Assert.Single(state.Policies).Uid);
    }
}
