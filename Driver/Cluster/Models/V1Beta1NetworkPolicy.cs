using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace NetPolNic.Cluster.Models;

/// <summary>
/// extensions/v1beta1 NetworkPolicy, which the Kubernetes client has no model of. Missing lists stay null (S-a7).
/// </summary>
[KubernetesEntity(Group = KubeGroup, Kind = KubeKind, ApiVersion = KubeApiVersion, PluralName = KubePluralName)]
public sealed record V1Beta1NetworkPolicy : IKubernetesObject<V1ObjectMeta>, ISpec<V1Beta1NetworkPolicySpec?>
{
    public const string KubeApiVersion = "v1beta1";
    public const string KubeKind = "NetworkPolicy";
    public const string KubeGroup = "extensions";
    public const string KubePluralName = "networkpolicies";

    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = KubeGroup + "/" + KubeApiVersion;

    [JsonPropertyName("kind")]
    public string Kind { get; set; } = KubeKind;

    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    [JsonPropertyName("spec")]
    public V1Beta1NetworkPolicySpec? Spec { get; set; }
}
