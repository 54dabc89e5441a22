namespace NetPolNic.Fallback.Parsing;

/// <summary>What matters of the L4 header to the connection model.</summary>
internal enum L4Kind : byte
{
    /// <summary>Anything that only belongs to a connection by its tuple.</summary>
    Other,

    /// <summary>TCP with SYN and without ACK: opens a connection, is never a reply.</summary>
    TcpSyn,

    /// <summary>TCP with RST: the connection is over.</summary>
    TcpReset,

    /// <summary>TCP with FIN: its sender has no more to say.</summary>
    TcpFin,

    /// <summary>Any other TCP segment.</summary>
    TcpData,

    /// <summary>An ICMP query's request: opens an exchange, is never a reply.</summary>
    IcmpRequest,

    /// <summary>An ICMP query's reply.</summary>
    IcmpReply,

    /// <summary>An ICMP error whose embedded tuple could be read.</summary>
    IcmpError,

    /// <summary>IPv6 neighbour discovery (types 133–137).</summary>
    NeighbourDiscovery,

    /// <summary>Any other ICMP message, and errors whose embedded packet is unreadable.</summary>
    IcmpOther,
}
