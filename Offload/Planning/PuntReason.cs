namespace NetPolNic.Offload.Planning;

/// <summary>Why a region is left to the fallback.</summary>
public enum PuntReason : byte
{
    /// <summary>Only connection tracking can tell; no NIC rule would be exact.</summary>
    NeedsConnectionState,

    /// <summary>ICMP may belong to a connection or be an error about one (SEMANTICS b16).</summary>
    RelatedIcmp,

    /// <summary>The NIC cannot match the protocol, or policy speaks of no ports of it.</summary>
    ProtocolUnsupported,

    /// <summary>The NIC cannot match the port range, and single ports or blocks would be too many.</summary>
    PortRangeUnsupported,

    /// <summary>The NIC cannot match the address block, and single addresses would be too many.</summary>
    AddressMaskUnsupported,

    /// <summary>The NIC cannot match TCP flags, so it cannot tell a new connection from a reply.</summary>
    TcpFlagsUnsupported,

    /// <summary>The NIC has too few priorities to punt part of what it would drop.</summary>
    PrioritiesUnsupported,

    /// <summary>The NIC lacks an action that is needed.</summary>
    ActionUnsupported,

    /// <summary>Fragments: the NIC cannot tell them apart, or they carry no ports.</summary>
    FragmentsUnsupported,

    /// <summary>What stands behind IPv6 extension headers is not known to the NIC.</summary>
    ExtensionHeadersUnknown,

    /// <summary>Several pods claim the address.</summary>
    AddressAmbiguous,

    /// <summary>The table holds fewer rules than were planned.</summary>
    TableFull,

    /// <summary>Flat rules would be more than a plain list of what policy allows.</summary>
    TooManyRules,

    /// <summary>The driver refused a rule.</summary>
    RejectedByDriver,

    /// <summary>A part of the region could not be matched by any item, so a rule would have hit more.</summary>
    NotConsumed,
}
