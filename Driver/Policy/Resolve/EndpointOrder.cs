namespace NetPolNic.Policy.Resolve;

/// <summary>The order of endpoints in a snapshot: by namespace, name, UID (ordinal) and first address.</summary>
internal sealed class EndpointOrder : IComparer<LocalEndpoint>
{
    private EndpointOrder()
    {
    }

    public static EndpointOrder Comparer { get; } = new();

    /// <summary>0 only for endpoints that cannot be in one snapshot: they share an address.</summary>
    public static int Compare(LocalEndpoint left, LocalEndpoint right)
    {
        int order = string.CompareOrdinal(left.Namespace, right.Namespace);
        order = order != 0 ? order : string.CompareOrdinal(left.Name, right.Name);
        order = order != 0 ? order : string.CompareOrdinal(left.Uid, right.Uid);
        return order != 0 ? order : left.Addresses[0].CompareTo(right.Addresses[0]);
    }

    int IComparer<LocalEndpoint>.Compare(LocalEndpoint? x, LocalEndpoint? y) => Compare(x!, y!);
}
