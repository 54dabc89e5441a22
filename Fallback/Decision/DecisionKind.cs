namespace NetPolNic.Fallback.Decision;

/// <summary>What decided a forwarded packet. Values index counters.</summary>
public enum DecisionKind : byte
{
    /// <summary>It was dropped.</summary>
    None,

    /// <summary>ARP always passes (S-b16).</summary>
    Arp,

    /// <summary>IPv6 neighbour discovery always passes (S-b16).</summary>
    NeighbourDiscovery,

    /// <summary>The pod itself, or its own node (S-b12, S-b13).</summary>
    Exempt,

    /// <summary>No end of it is a local pod that is isolated in its direction.</summary>
    OpenPods,

    /// <summary>A packet of a tracked connection that is allowed (S-b14).</summary>
    Established,

    /// <summary>Allowed by policy as new.</summary>
    NewAllowed,

    /// <summary>An ICMP error about a tracked connection that is allowed (S-b16).</summary>
    RelatedIcmp,

    /// <summary>A later fragment that follows its first (S-b20).</summary>
    Fragment,
}
