using System.Text.Json.Serialization;
using k8s.Models;

namespace NetPolNic.Cluster.Models;

/// <summary>One peer: exactly one of the two selectors (S-a9).</summary>
public sealed record V1Beta1NetworkPolicyPeer
{
    [JsonPropertyName("podSelector")]
    public V1LabelSelector? PodSelector { get; set; }

    [JsonPropertyName("namespaceSelector")]
    public V1LabelSelector? NamespaceSelector { get; set; }
}
