using System.Text.Json.Serialization;
using k8s.Models;

namespace NetPolNic.Cluster.Models;

/// <summary>Spec of <see cref="V1Beta1NetworkPolicy"/>.</summary>
public sealed record V1Beta1NetworkPolicySpec
{
    /// <summary>The pods that the policy speaks for; empty or null is every pod of its namespace (S-a5).</summary>
    [JsonPropertyName("podSelector")]
    public V1LabelSelector? PodSelector { get; set; }

    /// <summary>Allow rules; missing or empty adds nothing (S-a6).</summary>
    [JsonPropertyName("ingress")]
    public IList<V1Beta1NetworkPolicyIngressRule>? Ingress { get; set; }
}
