using NetPolNic.Policy.Model;

namespace NetPolNic.Fallback;

/// <summary>A packet that is asked about, not sent.</summary>
/// <param name="Src">Source address.</param>
/// <param name="Dst">Destination address, of the same family.</param>
/// <param name="IpProto">IP protocol number.</param>
/// <param name="SrcL4Port">Source port, or the identifier of an ICMP query; ignored for protocols without one.</param>
/// <param name="DstL4Port">Destination port; ignored for protocols without ports.</param>
/// <param name="TcpFlags">TCP: the flag byte; SYN alone (0x02) opens a connection.</param>
/// <param name="IcmpType">ICMP and ICMPv6: the type. An error is taken for one that belongs to no connection.</param>
public readonly record struct FallbackProbe(
    IpAddr Src,
    IpAddr Dst,
    byte IpProto,
    ushort SrcL4Port = 0,
    ushort DstL4Port = 0,
    byte TcpFlags = 0,
    byte IcmpType = 0);
