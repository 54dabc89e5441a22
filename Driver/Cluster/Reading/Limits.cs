namespace NetPolNic.Cluster.Reading;

/// <summary>Bounds that keep a hostile or broken file from costing memory, stack or time.</summary>
internal static class Limits
{
    /// <summary>Deepest nesting of lists and mappings; the deepest Kubernetes objects stay below 30.</summary>
    public const int Depth = 64;

    /// <summary>Nodes that the aliases of one document may add, expanded ("billion laughs").</summary>
    public const long AliasNodes = 100_000;

    /// <summary>Largest file; a dump of ten thousand pods is well below.</summary>
    public const long FileBytes = 256L << 20;

    /// <summary>Problems reported of one load; who has more needs the first ones first.</summary>
    public const int Problems = 500;

    /// <summary>Folders below the one that was given.</summary>
    public const int FolderDepth = 32;
}
