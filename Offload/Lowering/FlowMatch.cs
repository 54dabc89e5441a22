using System.Globalization;
using NetPolNic.Policy.Model;

namespace NetPolNic.Offload.Lowering;

/// <summary>
/// A region of packets in the planner's terms, before it is lowered to a pattern. Value semantics: two matches are
/// equal exactly if all their parts are.
/// </summary>
/// <param name="Family">IP version.</param>
/// <param name="Src">Source block of that family.</param>
/// <param name="Dst">Destination block of that family.</param>
public sealed record FlowMatch(IpFamily Family, IpPrefix Src, IpPrefix Dst)
{
    /// <summary>TCP without ACK but with SYN: value of the flags under <see cref="SynMask"/> (RFC 9293, 3.1).</summary>
    public const byte BareSyn = 0x02;

    /// <summary>The SYN and ACK bits.</summary>
    public const byte SynMask = 0x12;

    /// <summary>IP protocol number; null is any.</summary>
    public byte? Proto { get; init; }

    /// <summary>By what <see cref="Proto"/> is matched.</summary>
    public ProtoBy ProtoBy { get; init; }

    public L4Interval SrcL4Ports { get; init; } = L4Interval.Full;

    public L4Interval DstL4Ports { get; init; } = L4Interval.Full;

    /// <summary>Value of the TCP flags under <see cref="TcpFlagsMask"/>.</summary>
    public byte TcpFlagsSpec { get; init; }

    public byte TcpFlagsMask { get; init; }

    /// <summary>Only packets that are no fragments; in IPv6 only where that is certain.</summary>
    public bool NotFragment { get; init; }

    /// <summary>
    /// Not TCP's bare SYNs. No item matches that: a rule of such a region is wider, and stands below one that takes bare SYNs away.
    /// </summary>
    public bool ExceptBareSyn { get; init; }

    /// <summary>
    /// Whether every packet of <paramref name="other"/> is in this region. False where that is not certain.
    /// </summary>
    public bool Covers(FlowMatch other) =>
        Family == other.Family && CoversBesidesAddresses(other) && Src.Contains(other.Src) && Dst.Contains(other.Dst);

    /// <summary>As <see cref="Covers"/>, whatever the addresses are.</summary>
    internal bool CoversBesidesAddresses(FlowMatch other) =>
        CoversProto(other) && SrcL4Ports.Contains(other.SrcL4Ports) && DstL4Ports.Contains(other.DstL4Ports) &&
        (other.TcpFlagsMask & TcpFlagsMask) == TcpFlagsMask &&
        (other.TcpFlagsSpec & TcpFlagsMask) == TcpFlagsSpec &&
        (!NotFragment || other.NotFragment) &&
        (!ExceptBareSyn || !other.HasBareSyn);

    /// <summary>Whether a packet may be in both regions, whatever the addresses are. True where that is not certain.</summary>
    internal bool OverlapsBesidesAddresses(FlowMatch other) =>
        (Proto is null || other.Proto is null || Proto == other.Proto) &&
        SrcL4Ports.Overlaps(other.SrcL4Ports) && DstL4Ports.Overlaps(other.DstL4Ports) &&
        ((TcpFlagsSpec ^ other.TcpFlagsSpec) & TcpFlagsMask & other.TcpFlagsMask) == 0;

    public bool Equals(FlowMatch? other) => ReferenceEquals(this, other) ||
        (other is not null && Shape == other.Shape && Family == other.Family && Src == other.Src && Dst == other.Dst);

    public override int GetHashCode() => HashCode.Combine(
        Shape, Src.Addr.Value.GetHashCode(), Dst.Addr.Value.GetHashCode(), (Src.Length << 8) | Dst.Length);

    /// <summary>Everything but the addresses.</summary>
    private (ulong Ports, int Proto, int Flags) Shape => (
        ((ulong)SrcL4Ports.First << 48) | ((ulong)SrcL4Ports.Last << 32) |
            ((ulong)DstL4Ports.First << 16) | DstL4Ports.Last,
        ((Proto ?? 0x100) << 1) | (byte)ProtoBy,
        (TcpFlagsSpec << 16) | (TcpFlagsMask << 8) | (NotFragment ? 1 : 0) | (ExceptBareSyn ? 2 : 0));

    public override string ToString()
    {
        string proto = Proto switch
        {
            null => "ip",
            (byte)L4Proto.Tcp => "tcp",
            (byte)L4Proto.Udp => "udp",
            (byte)L4Proto.Sctp => "sctp",
            byte number => string.Create(CultureInfo.InvariantCulture, $"proto {number}"),
        };
        string flags = TcpFlagsMask == 0
            ? string.Empty
            : string.Create(CultureInfo.InvariantCulture, $" flags {TcpFlagsSpec:x2}/{TcpFlagsMask:x2}");
        string whole = NotFragment ? " whole" : string.Empty;
        string but = ExceptBareSyn ? " but bare syn" : string.Empty;
        return $"{proto} {Src}:{SrcL4Ports} → {Dst}:{DstL4Ports}{flags}{whole}{but}";
    }

    private bool HasBareSyn => !ExceptBareSyn && Proto is null or (byte)L4Proto.Tcp &&
        (BareSyn & TcpFlagsMask & SynMask) == (TcpFlagsSpec & SynMask);

    // An L4 match implies the header's protocol byte in IPv4 only: in IPv6 extension headers may stand between.
    private bool CoversProto(FlowMatch other) =>
        Proto is null || (Proto == other.Proto && (ProtoBy == other.ProtoBy || (Family == IpFamily.V4 &&
            ProtoBy == ProtoBy.Header)));
}
