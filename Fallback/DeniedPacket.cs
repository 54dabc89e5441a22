using NetPolNic.Fallback.Decision;
using NetPolNic.Policy.Model;

namespace NetPolNic.Fallback;

/// <summary>A packet that policy denied, for logs.</summary>
/// <param name="AtMs">The worker's clock.</param>
/// <param name="Src">Source address.</param>
/// <param name="Dst">Destination address.</param>
/// <param name="IpProto">IP protocol number.</param>
/// <param name="SrcL4Port">Source port or ICMP identifier, host order.</param>
/// <param name="DstL4Port">Destination port, host order; 0 without one.</param>
/// <param name="Reason">Why.</param>
public sealed record DeniedPacket(
    long AtMs, IpAddr Src, IpAddr Dst, byte IpProto, ushort SrcL4Port, ushort DstL4Port, DropReason Reason);
