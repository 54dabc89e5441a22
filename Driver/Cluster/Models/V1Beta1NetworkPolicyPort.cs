using System.Text.Json.Serialization;
using k8s.Models;

namespace NetPolNic.Cluster.Models;

/// <summary>One port of a rule (S-a10).</summary>
public sealed record V1Beta1NetworkPolicyPort
{
    /// <summary>TCP where missing; the case does not matter.</summary>
    [JsonPropertyName("protocol")]
    public string? Protocol { get; set; }

    /// <summary>Number or container port name; missing is every port of the protocol.</summary>
    [JsonPropertyName("port")]
    public IntOrString? Port { get; set; }
}
