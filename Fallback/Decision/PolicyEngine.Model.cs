using NetPolNic.Fallback.Conntrack;
using NetPolNic.Fallback.Parsing;

namespace NetPolNic.Fallback.Decision;

/// <content>The connection model: exempt, established, related, new, fragments.</content>
public sealed unsafe partial class PolicyEngine
{
    private PacketDecision DecideIp(in ParsedPacket packet, long nowMs)
    {
        Ends ends = PolicyCheck.FindEnds(_tables, packet.Key);
        if (packet.Fragment == FragmentKind.Whole)
        {
            return DecideWithHeader(packet, ends, nowMs);
        }

        FragmentKey fragment = new()
        {
            SrcAddr = packet.Key.SrcAddr,
            DstAddr = packet.Key.DstAddr,
            FragmentId = packet.FragmentId,
            IpProto = packet.FragmentProto,
            IpVersion = packet.Key.IpVersion,
        };
        if (packet.Fragment == FragmentKind.Later)
        {
            return DecideLaterFragment(packet.Key, fragment, ends, nowMs);
        }

        PacketDecision decision = DecideWithHeader(packet, ends, nowMs);
        FragmentVerdict verdict = new()
        {
            Forward = decision.IsForward,
            Generation = _tables->Generation,
            SrcEndpointId = PolicyCheck.IdOf(_tables, ends.Src),
            DstEndpointId = PolicyCheck.IdOf(_tables, ends.Dst),
        };
        _fragments.Remember(fragment, verdict, nowMs, nowMs + _timeouts.FragmentMs);
        return decision;
    }

    /// <summary>A packet with its L4 header: whole, or a first fragment.</summary>
    private PacketDecision DecideWithHeader(in ParsedPacket packet, in Ends ends, long nowMs)
    {
        if (packet.L4 == L4Kind.NeighbourDiscovery)
        {
            return PacketDecision.Forward(DecisionKind.NeighbourDiscovery); // S-b16
        }

        return PolicyCheck.IsExempt(_tables, packet.Key, ends)
            ? PacketDecision.Forward(DecisionKind.Exempt) // S-b12, S-b13
            : DecideByConnection(packet, ends, nowMs);
    }

    private PacketDecision DecideLaterFragment(in FlowKey key, in FragmentKey fragment, in Ends ends, long nowMs)
    {
        if (PolicyCheck.IsExempt(_tables, key, ends))
        {
            return PacketDecision.Forward(DecisionKind.Exempt);
        }

        // A first fragment that another policy judged counts as not seen (S-b15), as does another pod's (S-b17).
        bool remembered = _fragments.TryFind(fragment, nowMs, out FragmentVerdict first) &&
            (_keepsEstablished || first.Generation == _tables->Generation) &&
            first.SrcEndpointId == PolicyCheck.IdOf(_tables, ends.Src) &&
            first.DstEndpointId == PolicyCheck.IdOf(_tables, ends.Dst);
        if (remembered)
        {
            return first.Forward
                ? PacketDecision.Forward(DecisionKind.Fragment)
                : PacketDecision.Drop(DropReason.FragmentOfDropped);
        }

        return PolicyCheck.IsIsolated(_tables, ends)
            ? PacketDecision.Drop(DropReason.FragmentWithoutFirst) // S-b20
            : PacketDecision.Forward(DecisionKind.OpenPods);
    }

    private PacketDecision DecideByConnection(in ParsedPacket packet, in Ends ends, long nowMs)
    {
        switch (packet.L4)
        {
            case L4Kind.IcmpError when IsRelated(packet, nowMs):
                return PacketDecision.Forward(DecisionKind.RelatedIcmp); // S-b16

            case L4Kind.IcmpError or L4Kind.IcmpOther or L4Kind.NeighbourDiscovery:
                return DecideAsNew(packet, ends);
        }

        Connection* connection = _tracker.Find(_tables, packet.Key, packet.L4, nowMs, out bool fromOpener);
        bool opens = packet.L4 is L4Kind.TcpSyn or L4Kind.IcmpRequest;
        if (connection != null && !opens)
        {
            if (!connection->IsCut)
            {
                _tracker.Touch(connection, packet.L4, fromOpener, nowMs);
                return PacketDecision.Forward(DecisionKind.Established); // S-b14
            }

            if (!fromOpener)
            {
                return PacketDecision.Drop(DropReason.ConnectionCut); // S-b15
            }
        }

        PacketDecision decision = DecideAsNew(packet, ends);
        if (decision.IsForward && packet.L4 != L4Kind.IcmpReply)
        {
            bool repeats = connection != null && fromOpener && !connection->IsCut &&
                connection->State == ConnectionState.Established;
            if (repeats)
            {
                // A repeated SYN or request of a connection that stands: a blind one must not shorten its life.
                _tracker.Touch(connection, packet.L4, fromOpener: true, nowMs);
            }
            else
            {
                _tracker.Open(_tables, packet, ends, connection, nowMs);
            }
        }

        return decision;
    }

    private PacketDecision DecideAsNew(in ParsedPacket packet, in Ends ends)
    {
        DropReason reason = PolicyCheck.Evaluate(_tables, packet.Key, ends);
        if (reason != DropReason.None)
        {
            return PacketDecision.Drop(reason);
        }

        return PacketDecision.Forward(
            PolicyCheck.IsIsolated(_tables, ends) ? DecisionKind.NewAllowed : DecisionKind.OpenPods);
    }

    /// <summary>Whether an ICMP error goes back to the sender of a packet of an allowed connection.</summary>
    private bool IsRelated(in ParsedPacket packet, long nowMs)
    {
        if (packet.Embedded.SrcAddr != packet.Key.DstAddr || packet.Embedded.IpVersion != packet.Key.IpVersion)
        {
            return false;
        }

        Connection* connection = _tracker.Find(_tables, packet.Embedded, packet.EmbeddedL4, nowMs, out _);
        return connection != null && !connection->IsCut;
    }
}
