namespace NetPolNic.Benches.Datapath.Traffic;

/// <summary>What the packets of a measurement are.</summary>
internal enum WorkloadKind
{
    /// <summary>Packets of standing connections, both directions alike.</summary>
    Established,

    /// <summary>Each packet opens a connection that policy allows; there are several times more than the table holds.</summary>
    New,

    /// <summary>Each packet is refused by policy.</summary>
    Denied,

    /// <summary>Nine packets of standing connections, then one that is refused.</summary>
    Mixed,

    /// <summary>What the user has given.</summary>
    Given,
}
