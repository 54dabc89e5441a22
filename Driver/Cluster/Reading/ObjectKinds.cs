using k8s;
using k8s.Models;
using NetPolNic.Cluster.Mapping;
using NetPolNic.Cluster.Models;
using NetPolNic.Cluster.Schema;
using NetPolNic.Cluster.Validation;

namespace NetPolNic.Cluster.Reading;

/// <summary>The kinds that policy depends on, by apiVersion and kind.</summary>
internal static class ObjectKinds
{
    private static readonly ObjectKind s_namespace = new("Namespace", false, Shapes.Namespace, json =>
    {
        V1Namespace ns = KubernetesJson.Deserialize<V1Namespace>(json);
        return new ReadObject(
            NamespaceValidator.Validate(ns), null, load => load.Add(NamespaceMapper.Map(ns)));
    });

    private static readonly ObjectKind s_pod = new("Pod", true, Shapes.Pod, json =>
    {
        V1Pod pod = KubernetesJson.Deserialize<V1Pod>(json);
        return new ReadObject(
            PodValidator.Validate(pod), pod.Metadata?.Uid, load => load.Add(PodMapper.Map(pod)));
    });

    private static readonly ObjectKind s_networkPolicy = new("NetworkPolicy", true, Shapes.NetworkPolicy, json =>
    {
        V1NetworkPolicy policy = KubernetesJson.Deserialize<V1NetworkPolicy>(json);
        return new ReadObject(
            NetworkPolicyValidator.Validate(policy),
            policy.Metadata?.Uid,
            load => load.Add(NetworkPolicyMapper.Map(policy, FaultSet.None)));
    });

    private static readonly ObjectKind s_v1Beta1 = new("NetworkPolicy", true, Shapes.V1Beta1NetworkPolicy, json =>
    {
        V1Beta1NetworkPolicy policy = KubernetesJson.Deserialize<V1Beta1NetworkPolicy>(json);
        return new ReadObject(
            V1Beta1NetworkPolicyValidator.Validate(policy),
            policy.Metadata?.Uid,
            load => load.Add(V1Beta1NetworkPolicyMapper.Map(policy, FaultSet.None)));
    });

    /// <summary>The kind, or null where it does not concern policy (S-d3) or its version is unknown.</summary>
    public static ObjectKind? Find(string apiVersion, string kind) => (apiVersion, kind) switch
    {
        ("v1", "Namespace") => s_namespace,
        ("v1", "Pod") => s_pod,
        ("networking.k8s.io/v1", "NetworkPolicy") => s_networkPolicy,
        ("extensions/v1beta1", "NetworkPolicy") => s_v1Beta1,
        _ => null,
    };

    /// <summary>
    /// The kind of the items that do not say theirs; "" where each has to; null where this is no list.
    /// </summary>
    public static string? ItemKindOfList(string apiVersion, string kind) => (apiVersion, kind) switch
    {
        ("v1", "List") => "",
        ("v1", "NamespaceList") => "Namespace",
        ("v1", "PodList") => "Pod",
        ("networking.k8s.io/v1" or "extensions/v1beta1", "NetworkPolicyList") => "NetworkPolicy",
        _ => null,
    };

    /// <summary>Whether this is a kind of ours in a version that we do not know.</summary>
    public static bool IsUnknownVersion(string apiVersion, string kind)
    {
        string[] parts = apiVersion.Split('/');
        string group = parts.Length == 2 ? parts[0] : "";
        return kind switch
        {
            "Namespace" or "Pod" or "NamespaceList" or "PodList" or "List" => group.Length == 0,
            "NetworkPolicy" or "NetworkPolicyList" => group is "" or "networking.k8s.io" or "extensions",
            _ => false,
        };
    }
}
