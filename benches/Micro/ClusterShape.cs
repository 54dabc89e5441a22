namespace NetPolNic.Benches.Micro;

/// <summary>Size of a synthetic cluster.</summary>
/// <param name="Pods">Pods of the whole cluster.</param>
/// <param name="Namespaces">Namespaces, besides those of the platform.</param>
/// <param name="Policies">Policies; each namespace has as many, of the kinds in <see cref="SyntheticPolicies"/>.</param>
/// <param name="LocalPods">Pods per node, and so of the node that is resolved; at most 500.</param>
public sealed record ClusterShape(int Pods, int Namespaces, int Policies, int LocalPods)
{
    /// <summary>The shape of a middling cluster.</summary>
    public static ClusterShape Middle { get; } = new(10_000, 500, 10_000, 110);

    /// <summary>The largest published shape: Antrea's controller takes 5.8 to 6.4 s and 1.5 to 1.7 GB for it.</summary>
    public static ClusterShape Largest { get; } = new(100_000, 25_000, 75_000, 250);

    /// <summary>Clusters that differ in size only: 20 pods and 4 policies a namespace, 110 pods a node.</summary>
    public static ClusterShape OfPods(int pods) => new(pods, pods / 20, pods / 5, 110);

    public override string ToString() => FormattableString.Invariant(
        $"{Pods:N0} pods, {Namespaces:N0} namespaces, {Policies:N0} policies, {LocalPods} local");
}
