using System.Text.Json.Serialization;

namespace NetPolNic.Cluster.Models;

/// <summary>One ingress rule: missing lists match everything, empty ones nothing (S-a7).</summary>
public sealed record V1Beta1NetworkPolicyIngressRule
{
    [JsonPropertyName("ports")]
    public IList<V1Beta1NetworkPolicyPort>? Ports { get; set; }

    [JsonPropertyName("from")]
    public IList<V1Beta1NetworkPolicyPeer>? FromProperty { get; set; }
}
