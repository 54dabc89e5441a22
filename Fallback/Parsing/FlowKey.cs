using NetPolNic.Policy.Model;

namespace NetPolNic.Fallback.Parsing;

/// <summary>A packet's tuple as it travels, host order; an IPv4 address is in the low 32 bits.</summary>
/// <remarks>
/// ICMP queries carry their identifier in <see cref="SrcL4Port"/>; other protocols without ports carry 0.
/// </remarks>
public struct FlowKey : IEquatable<FlowKey>
{
    public UInt128 SrcAddr { get; set; }

    public UInt128 DstAddr { get; set; }

    /// <summary>Source port, or the identifier of an ICMP query, or 0.</summary>
    public ushort SrcL4Port { get; set; }

    /// <summary>Destination port, or 0.</summary>
    public ushort DstL4Port { get; set; }

    /// <summary>IP protocol number, after IPv6 extension headers.</summary>
    public byte IpProto { get; set; }

    /// <summary>4 or 6.</summary>
    public byte IpVersion { get; set; }

    public readonly IpAddr Src => new((IpFamily)IpVersion, SrcAddr);

    public readonly IpAddr Dst => new((IpFamily)IpVersion, DstAddr);

    /// <summary>The tuple of a packet that travels the other way.</summary>
    public readonly FlowKey Reversed() => new()
    {
        SrcAddr = DstAddr,
        DstAddr = SrcAddr,
        SrcL4Port = DstL4Port,
        DstL4Port = SrcL4Port,
        IpProto = IpProto,
        IpVersion = IpVersion,
    };

    public readonly bool Equals(FlowKey other) =>
        SrcAddr == other.SrcAddr && DstAddr == other.DstAddr && SrcL4Port == other.SrcL4Port &&
        DstL4Port == other.DstL4Port && IpProto == other.IpProto && IpVersion == other.IpVersion;

    public override readonly bool Equals(object? obj) => obj is FlowKey other && Equals(other);

    public override readonly int GetHashCode() =>
        HashCode.Combine(SrcAddr, DstAddr, SrcL4Port, DstL4Port, IpProto, IpVersion);

    public override readonly string ToString() => $"{Src}:{SrcL4Port}->{Dst}:{DstL4Port}/{IpProto}";

    public static bool operator ==(FlowKey left, FlowKey right) => left.Equals(right);

    public static bool operator !=(FlowKey left, FlowKey right) => !left.Equals(right);
}
