using NetPolNic.Offload.Capabilities;
using NetPolNic.Policy.Model;

namespace NetPolNic.Offload.Lowering;

/// <summary>
/// Which bits of a region a pattern really matches. A pattern that consumed less than its region requires matches
/// more packets than the region has: good for a punt, never for a drop or a pass.
/// </summary>
public readonly record struct ConsumedBits
{
    public bool Family { get; init; }

    public UInt128 SrcMask { get; init; }

    public UInt128 DstMask { get; init; }

    public bool Proto { get; init; }

    public ushort SrcL4Mask { get; init; }

    public ushort DstL4Mask { get; init; }

    public byte TcpFlagsMask { get; init; }

    public bool NotFragment { get; init; }

    /// <summary>What a pattern must consume to match nothing outside the region.</summary>
    public static ConsumedBits RequiredBy(FlowMatch region) => new()
    {
        Family = true,
        SrcMask = region.Src.Mask,
        DstMask = region.Dst.Mask,
        Proto = region.Proto is not null,
        SrcL4Mask = MaskOf(region.SrcL4Ports),
        DstL4Mask = MaskOf(region.DstL4Ports),
        TcpFlagsMask = region.TcpFlagsMask,
        NotFragment = region.NotFragment,
    };

    /// <summary>Mask bits of a port match; a range by <c>last</c> looks at all of them.</summary>
    public static ushort MaskOf(L4Interval ports) =>
        ports.IsFull ? (ushort)0 : ports.IsBlock ? ports.BlockMask : ushort.MaxValue;

    /// <summary>The first field of <paramref name="region"/> whose bits are not all consumed, or null.</summary>
    public MatchField? FirstMissing(FlowMatch region)
    {
        ConsumedBits required = RequiredBy(region);
        bool v4 = region.Family == IpFamily.V4;
        return (required, this) switch
        {
            _ when required.Family && !Family => v4 ? MatchField.Ipv4Dst : MatchField.Ipv6Dst,
            _ when (required.SrcMask & ~SrcMask) != 0 => v4 ? MatchField.Ipv4Src : MatchField.Ipv6Src,
            _ when (required.DstMask & ~DstMask) != 0 => v4 ? MatchField.Ipv4Dst : MatchField.Ipv6Dst,
            _ when required.Proto && !Proto => v4 ? MatchField.Ipv4Proto : MatchField.Ipv6Proto,
            _ when (required.SrcL4Mask & ~SrcL4Mask) != 0 => L4Fields.Of(region.Proto, source: true),
            _ when (required.DstL4Mask & ~DstL4Mask) != 0 => L4Fields.Of(region.Proto, source: false),
            _ when (required.TcpFlagsMask & ~TcpFlagsMask) != 0 => MatchField.TcpFlags,
            _ when required.NotFragment && !NotFragment => v4 ? MatchField.Ipv4Frag : MatchField.Ipv6HasFrag,
            _ => null,
        };
    }
}
