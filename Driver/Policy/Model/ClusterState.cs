using System.Collections.Immutable;

namespace NetPolNic.Policy.Model;

/// <summary>Everything that policy depends on, at one moment. Order carries no meaning.</summary>
/// <param name="Namespaces">
/// Namespaces; one that a pod or policy names but that is missing is an empty one (SEMANTICS d3).
/// </param>
/// <param name="Pods">Pods of the whole cluster.</param>
/// <param name="Policies">Policies of the whole cluster.</param>
public sealed record ClusterState(
    ImmutableArray<Namespace> Namespaces,
    ImmutableArray<Pod> Pods,
    ImmutableArray<NetworkPolicy> Policies)
{
    public static ClusterState Empty { get; } = new([], [], []);
}
