using NetPolNic.Policy.Model;

namespace NetPolNic.Fallback.Decision;

/// <summary>
/// Packets that policy denied, alike in addresses, protocol and kind; or all that one pod's policy denied in a direction.
/// </summary>
/// <param name="Src">Source address; null: any, all that the destination's ingress policy denied.</param>
/// <param name="Dst">Destination address; null: any, all that the source's egress policy denied.</param>
/// <param name="IpProto">IP protocol number; 0 where one address is null.</param>
/// <param name="Reason">Whose policy denied them.</param>
/// <param name="IsBareSyn">TCP with SYN and without ACK.</param>
/// <param name="IsFragment">Fragments, first ones included.</param>
/// <param name="Packets">How many; an estimate where not all were counted.</param>
public readonly record struct DeniedTallyEntry(
    IpAddr? Src, IpAddr? Dst, byte IpProto, DropReason Reason, bool IsBareSyn, bool IsFragment, long Packets);
