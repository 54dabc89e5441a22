namespace NetPolNic.Policy.Resolve.Incremental;

/// <summary>A local pod with an endpoint of its own: what the endpoint was made of.</summary>
internal sealed class LocalPod(PodEntry entry)
{
    public PodEntry Entry { get; } = entry;

    /// <summary>Its namespace.</summary>
    public SpaceEntry? Space { get; set; }

    /// <summary>Its node, where the pod is scheduled.</summary>
    public NodeEntry? Node { get; set; }

    /// <summary>Its ingress; null where open.</summary>
    public DirectionGroup? Ingress { get; set; }

    /// <summary>Its egress; null where open.</summary>
    public DirectionGroup? Egress { get; set; }

    /// <summary>Its own and its node's addresses; null before the first refresh.</summary>
    public PeerSet? ExemptPeers { get; set; }

    /// <summary>The endpoint in the last snapshot.</summary>
    public LocalEndpoint? Endpoint { get; set; }

    /// <summary>Which policies speak for it may have changed.</summary>
    public bool AreSubjectsDirty { get; set; }

    /// <summary>Its own or its node's addresses may have changed.</summary>
    public bool AreExemptPeersDirty { get; set; }

    /// <summary>Whether it waits to be refreshed.</summary>
    public bool IsQueued { get; set; }

    /// <summary>It has no endpoint any more.</summary>
    public bool IsRemoved { get; set; }
}
