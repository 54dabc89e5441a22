using NetPolNic.Policy.Model;

namespace NetPolNic.Offload.Planning.Budget;

/// <summary>Packets of one source, destination and protocol that the fallback denied by policy.</summary>
/// <param name="Src">Source address.</param>
/// <param name="Dst">Destination address.</param>
/// <param name="Proto">IP protocol number.</param>
/// <param name="Kind">What they are.</param>
/// <param name="Packets">How many.</param>
public readonly record struct DeniedPair(IpAddr Src, IpAddr Dst, byte Proto, DeniedKind Kind, long Packets)
{
    /// <summary>Which end's policy denied them: the destination's ingress or the source's egress; null: not told.</summary>
    public Direction? DeniedBy { get; init; }
}
