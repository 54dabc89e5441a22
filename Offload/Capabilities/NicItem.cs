namespace NetPolNic.Offload.Capabilities;

/// <summary>Pattern items that profiles speak about.</summary>
public enum NicItem : byte
{
    Eth,
    Vlan,
    Ipv4,
    Ipv6,
    Ipv6FragExt,
    Tcp,
    Udp,
    Sctp,
    Icmp,
    Icmp6,
}
