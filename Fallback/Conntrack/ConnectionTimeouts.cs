namespace NetPolNic.Fallback.Conntrack;

/// <summary>How long an idle connection is remembered.</summary>
public sealed record ConnectionTimeouts
{
    /// <summary>TCP without a packet from the other side yet.</summary>
    public int TcpSynSentSeconds { get; init; } = 60;

    /// <summary>TCP with packets from both sides; RFC 5382 asks for 2 hours 4 minutes at least.</summary>
    public int TcpEstablishedSeconds { get; init; } = 7440;

    /// <summary>TCP after RST, or FIN from both sides; RFC 5382 asks for 4 minutes at most.</summary>
    public int TcpClosingSeconds { get; init; } = 120;

    /// <summary>UDP without a reply.</summary>
    public int UdpUnrepliedSeconds { get; init; } = 30;

    /// <summary>UDP with a reply; RFC 4787 asks for 2 minutes at least.</summary>
    public int UdpRepliedSeconds { get; init; } = 180;

    /// <summary>ICMP queries; RFC 5508 asks for 60 seconds at least.</summary>
    public int IcmpSeconds { get; init; } = 60;

    /// <summary>SCTP and all other protocols without a reply.</summary>
    public int OtherUnrepliedSeconds { get; init; } = 60;

    /// <summary>SCTP and all other protocols with a reply.</summary>
    public int OtherRepliedSeconds { get; init; } = 600;

    /// <summary>A fragmented datagram's verdict.</summary>
    public int FragmentSeconds { get; init; } = 30;
}
