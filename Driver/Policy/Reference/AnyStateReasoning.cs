using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Reference;

/// <summary>
/// What holds for a packet in every state that <see cref="ConnectionOracle"/> can be in under one policy: an alive
/// connection is one that the policy allows in its own direction, a cut one is one that it denies. With
/// <see cref="EstablishedMode.Keep"/> any connection may be alive and none is cut.
/// </summary>
internal sealed class AnyStateReasoning(PolicyEvaluator policy, string? nodeName, EstablishedMode established)
{
    private readonly bool _keep = established == EstablishedMode.Keep;

    /// <summary>No state lets the packet pass.</summary>
    public bool IsAlwaysDenied(AbstractPacket packet)
    {
        if (IsExempt(packet))
        {
            return false;
        }

        if (packet.Fragment is { IsLater: true })
        {
            return IsLaterAlwaysDenied(packet);
        }

        // The quoted packet of an error may belong to any connection.
        if (AllowsNew(packet) || packet.IsIcmpError)
        {
            return false;
        }

        bool neverReply = packet.IsBareSyn || (packet.IsIcmp && !packet.IsIcmpReply);
        return neverReply || (!_keep && !AllowsReversed(packet));
    }

    /// <summary>No state lets the packet be dropped.</summary>
    public bool IsAlwaysAllowed(AbstractPacket packet)
    {
        if (IsExempt(packet))
        {
            return true;
        }

        if (packet.Fragment is { IsLater: true })
        {
            return IsLaterAlwaysAllowed(packet);
        }

        bool neverReply = packet.IsBareSyn || (packet.IsIcmp && !packet.IsIcmpReply);
        return AllowsNew(packet) && (neverReply || _keep || AllowsReversed(packet));
    }

    /// <summary>
    /// Decides by addresses alone where the packet is a later fragment, whose ICMP type is not there to see.
    /// </summary>
    private bool IsExempt(AbstractPacket packet)
    {
        bool sees = packet.Fragment is not { IsLater: true };
        return (sees && packet.IsNeighbourDiscovery) || Evaluate(packet.Src, packet.Dst, packet.IpProto, 0).IsExempt;
    }

    /// <summary>Without a first fragment it is dropped, and none can have passed on any port, in either role.</summary>
    private bool IsLaterAlwaysDenied(AbstractPacket packet) =>
        IsGuarded(packet.Src, packet.Dst) &&
        !packet.IsIcmp &&
        !_keep &&
        !policy.AllowsSomePort(packet.Src, packet.Dst, packet.IpProto, nodeName) &&
        !policy.AllowsSomePort(packet.Dst, packet.Src, packet.IpProto, nodeName);

    /// <summary>
    /// Nobody guards it, so every first fragment passes, unless it belongs to a connection that was cut.
    /// </summary>
    private bool IsLaterAlwaysAllowed(AbstractPacket packet) =>
        !IsGuarded(packet.Src, packet.Dst) && (_keep || !IsGuarded(packet.Dst, packet.Src));

    private bool IsGuarded(IpAddr src, IpAddr dst) =>
        policy.IsIsolated(src, Direction.Egress, nodeName) || policy.IsIsolated(dst, Direction.Ingress, nodeName);

    private bool AllowsNew(AbstractPacket packet) =>
        Evaluate(packet.Src, packet.Dst, packet.IpProto, packet.DstL4Port).Combined == Verdict.Allow;

    /// <summary>Whether the connection that this packet would be a reply of is allowed.</summary>
    private bool AllowsReversed(AbstractPacket packet) =>
        Evaluate(packet.Dst, packet.Src, packet.IpProto, packet.SrcL4Port).Combined == Verdict.Allow;

    private FlowDecision Evaluate(IpAddr src, IpAddr dst, byte ipProto, ushort dstL4Port) =>
        policy.Evaluate(src, dst, ipProto, dstL4Port, nodeName);
}
