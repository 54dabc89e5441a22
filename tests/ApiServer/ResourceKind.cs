namespace NetPolNic.TestApiServer;

/// <summary>A kind of object that the server stores.</summary>
/// <param name="Plural">Its name in paths, e.g. "pods".</param>
/// <param name="Kind">Its name in objects, e.g. "Pod".</param>
/// <param name="ApiVersion">E.g. "networking.k8s.io/v1".</param>
/// <param name="IsNamespaced">Whether objects live in namespaces.</param>
public sealed record ResourceKind(string Plural, string Kind, string ApiVersion, bool IsNamespaced)
{
    public static ResourceKind Pods { get; } = new("pods", "Pod", "v1", true);

    public static ResourceKind Namespaces { get; } = new("namespaces", "Namespace", "v1", false);

    public static ResourceKind Policies { get; } = new("networkpolicies", "NetworkPolicy", "networking.k8s.io/v1", true);

    public static ResourceKind V1Beta1Policies { get; } = new("networkpolicies", "NetworkPolicy", "extensions/v1beta1", true);

    /// <summary>"api/v1" or "apis/group/version".</summary>
    public string Root => ApiVersion.Contains('/', StringComparison.Ordinal) ? $"apis/{ApiVersion}" : $"api/{ApiVersion}";

    public string Group => ApiVersion.Contains('/', StringComparison.Ordinal) ? ApiVersion.Split('/')[0] : "";
}
