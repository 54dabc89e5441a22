namespace NetPolNic.Offload.Tests.Support;

/// <summary>What a <see cref="RealisticCluster"/> looks like.</summary>
/// <param name="Nodes">Nodes of 110 pods each.</param>
/// <param name="Namespaces">Besides those of the cluster's own services.</param>
/// <param name="Mix">Shares of the kinds of namespaces.</param>
internal sealed record ClusterShape(int Nodes, int Namespaces, ClusterShape.Shares Mix)
{
    /// <summary>Shares of the kinds of namespaces, as <see cref="RealisticCluster"/> describes them.</summary>
    internal readonly record struct Shares(int Team, int Apps, int Platform, int Open, int Products = 0);

    /// <summary>What a cluster is like that few products share: 20 nodes and six namespaces, all of one kind.</summary>
    internal static ClusterShape Production { get; } = new(20, 6, new Shares(0, 0, 0, 0, Products: 1));

    /// <summary>A cluster of 20 nodes and 20 namespaces of all kinds.</summary>
    internal static ClusterShape Default { get; } = new(20, 20, new Shares(Team: 5, Apps: 3, Platform: 1, Open: 1));
}
