namespace NetPolNic.Offload.Planning.Budget;

/// <summary>What a denied packet is, as far as that decides by which rules a NIC may drop it.</summary>
public enum DeniedKind : byte
{
    /// <summary>Anything that is not one of the others.</summary>
    Other,

    /// <summary>TCP with SYN and without ACK: never a reply.</summary>
    BareSyn,

    /// <summary>A later fragment: it has no ports.</summary>
    Fragment,
}
