namespace NetPolNic.Cluster.Api;

/// <summary>Where a kind is in the API.</summary>
/// <param name="Root">"api/v1" or "apis/group/version".</param>
/// <param name="Plural">For example "pods".</param>
internal sealed record ResourcePlace(string Root, string Plural)
{
    public static ResourcePlace Pods { get; } = new("api/v1", "pods");

    public static ResourcePlace Namespaces { get; } = new("api/v1", "namespaces");

    public static ResourcePlace Policies { get; } = new("apis/networking.k8s.io/v1", "networkpolicies");

    public static ResourcePlace V1Beta1Policies { get; } = new("apis/extensions/v1beta1", "networkpolicies");

    public string Path => $"{Root}/{Plural}";

    /// <summary>As in RBAC rules: "pods" or "networkpolicies.networking.k8s.io".</summary>
    public string RbacName => Root.Split('/') is ["apis", var group, _] ? $"{Plural}.{group}" : Plural;
}
