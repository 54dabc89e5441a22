using NetPolNic.Fallback.Decision;
using NetPolNic.Policy.Model;

namespace NetPolNic.Fallback;

/// <summary>A packet that policy denied, for logs.</summary>
/// <param name="Sequence">
/// Counts the denied packets since start, from 1: a reader knows by it which are new, and from a gap how many it missed.
/// </param>
/// <param name="AtMs">The worker's clock; compare with <see cref="FallbackDataPath.NowMs"/>.</param>
/// <param name="Src">Source address.</param>
/// <param name="Dst">Destination address.</param>
/// <param name="IpProto">IP protocol number.</param>
/// <param name="SrcL4Port">Source port or ICMP identifier, host order.</param>
/// <param name="DstL4Port">Destination port, host order; 0 without one.</param>
/// <param name="Reason">Why.</param>
public sealed record DeniedPacket(
    long Sequence,
    long AtMs,
    IpAddr Src,
    IpAddr Dst,
    byte IpProto,
    ushort SrcL4Port,
    ushort DstL4Port,
    DropReason Reason)
{
    /// <summary>
    /// Whose policy denied it: egress is the source's, ingress the destination's; null where the packet belongs to
    /// something that was denied before: a cut connection, a datagram.
    /// </summary>
    public Direction? Direction => Reason switch
    {
        DropReason.EgressDenied => Policy.Model.Direction.Egress,
        DropReason.IngressDenied => Policy.Model.Direction.Ingress,
        _ => null,
    };
}
