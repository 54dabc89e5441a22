namespace NetPolNic.Offload.Capabilities;

/// <summary>
/// Header fields that profiles speak about; written "item.field" in profiles, for example "tcp.flags".
/// </summary>
public enum MatchField : byte
{
    EthSrc,
    EthDst,
    EthType,
    VlanTci,
    VlanType,
    Ipv4Src,
    Ipv4Dst,
    Ipv4Proto,
    Ipv4Frag,
    Ipv6Src,
    Ipv6Dst,
    Ipv6Proto,
    Ipv6HasFrag,
    Ipv6FragData,
    TcpSrc,
    TcpDst,
    TcpFlags,
    UdpSrc,
    UdpDst,
    SctpSrc,
    SctpDst,
    IcmpType,
    IcmpCode,
    Icmp6Type,
    Icmp6Code,
}
