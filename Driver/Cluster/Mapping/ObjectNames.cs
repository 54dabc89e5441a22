using k8s.Models;

namespace NetPolNic.Cluster.Mapping;

/// <summary>What identifies an object.</summary>
internal static class ObjectNames
{
    /// <summary>Where a namespaced object lives that does not say it, as for kubectl.</summary>
    public const string DefaultNamespace = "default";

    public static string NamespaceOf(V1ObjectMeta? metadata) =>
        string.IsNullOrEmpty(metadata?.NamespaceProperty) ? DefaultNamespace : metadata.NamespaceProperty;

    public static string NameOf(V1ObjectMeta? metadata) => metadata?.Name ?? "";

    /// <summary>metadata.uid, or "namespace/name" where the source has none (S-b17).</summary>
    public static string UidOf(V1ObjectMeta? metadata) =>
        string.IsNullOrEmpty(metadata?.Uid) ? $"{NamespaceOf(metadata)}/{NameOf(metadata)}" : metadata.Uid;
}
