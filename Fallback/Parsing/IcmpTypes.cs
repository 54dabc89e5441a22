namespace NetPolNic.Fallback.Parsing;

/// <summary>ICMP message types (IANA registries "ICMP Parameters" and "ICMPv6 Parameters").</summary>
internal static class IcmpTypes
{
    /// <summary>What a message of <paramref name="type"/> is to the connection model.</summary>
    public static L4Kind KindOf(byte ipVersion, byte type) => ipVersion == 4 ? KindOfV4(type) : KindOfV6(type);

    private static L4Kind KindOfV4(byte type) => type switch
    {
        8 or 13 or 15 or 17 => L4Kind.IcmpRequest,
        0 or 14 or 16 or 18 => L4Kind.IcmpReply,
        3 or 4 or 11 or 12 => L4Kind.IcmpError,
        _ => L4Kind.IcmpOther,
    };

    private static L4Kind KindOfV6(byte type) => type switch
    {
        128 => L4Kind.IcmpRequest,
        129 => L4Kind.IcmpReply,
        >= 1 and <= 4 => L4Kind.IcmpError,
        >= 133 and <= 137 => L4Kind.NeighbourDiscovery,
        _ => L4Kind.IcmpOther,
    };
}
