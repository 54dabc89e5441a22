using k8s.Models;
using NetPolNic.Policy.Model;

namespace NetPolNic.Cluster.Mapping;

/// <summary>Maps a namespace of the Kubernetes client to the model.</summary>
public static class NamespaceMapper
{
    /// <summary>The annotation that isolates a namespace (S-a1).</summary>
    public const string IsolationAnnotation = "net.beta.kubernetes.io/network-policy";

    public static Namespace Map(V1Namespace ns)
    {
        ArgumentNullException.ThrowIfNull(ns);
        string? annotation = null;
        _ = ns.Metadata?.Annotations?.TryGetValue(IsolationAnnotation, out annotation);
        return new Namespace(
            ObjectNames.NameOf(ns.Metadata), LabelMapper.MapLabels(ns.Metadata?.Labels), annotation);
    }
}
