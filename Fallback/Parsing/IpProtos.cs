namespace NetPolNic.Fallback.Parsing;

/// <summary>IP protocol and IPv6 next-header numbers (IANA registry "Protocol Numbers").</summary>
internal static class IpProtos
{
    public const byte HopByHop = 0;
    public const byte Icmp = 1;
    public const byte Tcp = 6;
    public const byte Udp = 17;
    public const byte Routing = 43;
    public const byte Fragment = 44;
    public const byte Authentication = 51;
    public const byte Icmp6 = 58;
    public const byte DestinationOptions = 60;
    public const byte Sctp = 132;
}
