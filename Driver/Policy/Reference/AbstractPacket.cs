using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Reference;

/// <summary>What the connection model sees of an IP packet. All numbers are in host order.</summary>
public sealed record AbstractPacket
{
    public required IpAddr Src { get; init; }

    public required IpAddr Dst { get; init; }

    /// <summary>IP protocol number; in IPv6 the upper-layer protocol at the end of the header chain.</summary>
    public required byte IpProto { get; init; }

    /// <summary>TCP, UDP and SCTP only.</summary>
    public ushort SrcL4Port { get; init; }

    /// <summary>TCP, UDP and SCTP only.</summary>
    public ushort DstL4Port { get; init; }

    /// <summary>TCP only: the flag byte, 0x02 SYN, 0x10 ACK.</summary>
    public byte TcpFlags { get; init; }

    /// <summary>ICMP (in IPv4) and ICMPv6 (in IPv6) only.</summary>
    public byte IcmpType { get; init; }

    /// <summary>ICMP queries and their replies only: the identifier.</summary>
    public ushort IcmpId { get; init; }

    /// <summary>Null: not a fragment.</summary>
    public FragmentInfo? Fragment { get; init; }

    /// <summary>ICMP errors only: the packet that the error is about, as far as it is quoted.</summary>
    public AbstractPacket? Embedded { get; init; }

    /// <summary>When the packet is seen, in seconds; never less than that of the packet before.</summary>
    public double TimeSec { get; init; }

    /// <summary>TCP with SYN and without ACK.</summary>
    public bool IsBareSyn => IpProto == 6 && (TcpFlags & 0x12) == 0x02;

    /// <summary>ICMP in IPv4 or ICMPv6 in IPv6.</summary>
    public bool IsIcmp => IpProto == (Src.Family == IpFamily.V4 ? 1 : 58);

    /// <summary>
    /// Echo, timestamp, information or address mask request (RFC 792, RFC 950); echo request (RFC 4443).
    /// </summary>
    public bool IsIcmpRequest => IsIcmp && (IsV4 ? IcmpType is 8 or 13 or 15 or 17 : IcmpType == 128);

    /// <summary>The reply types of <see cref="IsIcmpRequest"/>.</summary>
    public bool IsIcmpReply => IsIcmp && (IsV4 ? IcmpType is 0 or 14 or 16 or 18 : IcmpType == 129);

    /// <summary>Unreachable, source quench, time exceeded, parameter problem; the ICMPv6 errors 1 to 4.</summary>
    public bool IsIcmpError => IsIcmp && (IsV4 ? IcmpType is 3 or 4 or 11 or 12 : IcmpType is >= 1 and <= 4);

    /// <summary>IPv6 neighbour discovery (SEMANTICS b16).</summary>
    public bool IsNeighbourDiscovery => IsIcmp && !IsV4 && IcmpType is >= 133 and <= 137;

    /// <summary>A protocol whose ports the connection model reads.</summary>
    public bool HasPorts => IpProto is 6 or 17 or 132;

    private bool IsV4 => Src.Family == IpFamily.V4;
}
