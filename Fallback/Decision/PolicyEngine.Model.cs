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
        _fragments.Remember(fragment, VerdictOf(packet, decision, ends, nowMs), nowMs, nowMs + _timeouts.FragmentMs);
        return decision;
    }

    /// <summary>A packet with its L4 header: whole, or a first fragment.</summary>
    private PacketDecision DecideWithHeader(in ParsedPacket packet, in Ends ends, long nowMs)
    {
        if (PassesAlways(packet, ends, out PacketDecision decision))
        {
            return decision;
        }

        switch (packet.L4)
        {
            case L4Kind.IcmpError when FindRelated(packet, nowMs) != null:
                return PacketDecision.Forward(DecisionKind.RelatedIcmp); // S-b16

            case L4Kind.IcmpError or L4Kind.IcmpOther:
                return DecideAsNew(packet, ends);
        }

        Connection* connection = _tracker.Find(_tables, packet.Key, packet.L4, ends, nowMs, out bool fromOpener);
        decision = DecideByConnection(packet, ends, connection, fromOpener);

        // A repeated SYN or request of a connection that stands: a blind one must not shorten its life.
        bool repeats = decision.IsForward && connection != null && fromOpener && !connection->IsCut &&
            connection->State == ConnectionState.Established;
        if (decision.Kind == DecisionKind.Established || repeats)
        {
            _tracker.Touch(connection, packet.L4, fromOpener, nowMs);
        }
        else if (decision.IsForward && packet.L4 != L4Kind.IcmpReply)
        {
            _tracker.Open(_tables, packet, ends, connection, nowMs);
        }

        return decision;
    }

    private bool PassesAlways(in ParsedPacket packet, in Ends ends, out PacketDecision decision)
    {
        if (packet.L4 == L4Kind.NeighbourDiscovery)
        {
            decision = PacketDecision.Forward(DecisionKind.NeighbourDiscovery); // S-b16
            return true;
        }

        decision = PacketDecision.Forward(DecisionKind.Exempt); // S-b12, S-b13
        return PolicyCheck.IsExempt(_tables, packet.Key, ends);
    }

    private PacketDecision DecideLaterFragment(in FlowKey key, in FragmentKey fragment, in Ends ends, long nowMs)
    {
        if (PolicyCheck.IsExempt(_tables, key, ends))
        {
            return PacketDecision.Forward(DecisionKind.Exempt);
        }

        if (_fragments.TryFind(fragment, nowMs, out FragmentVerdict first) && StillHolds(first, ends))
        {
            return first.Forward
                ? PacketDecision.Forward(DecisionKind.Fragment)
                : PacketDecision.Drop(DropReason.FragmentOfDropped);
        }

        return PolicyCheck.IsIsolated(_tables, ends)
            ? PacketDecision.Drop(DropReason.FragmentWithoutFirst) // S-b20
            : PacketDecision.Forward(DecisionKind.OpenPods);
    }

    /// <summary>
    /// Whether a first fragment's verdict counts. One of an older snapshot does where what let it pass is allowed now
    /// (S-b15); else the first fragment counts as not seen, as does another pod's (S-b17).
    /// </summary>
    private bool StillHolds(in FragmentVerdict first, in Ends ends)
    {
        if (first.SrcEndpointId != PolicyCheck.IdOf(_tables, ends.Src) ||
            first.DstEndpointId != PolicyCheck.IdOf(_tables, ends.Dst))
        {
            return false;
        }

        if (_keepsEstablished || first.Always || first.Generation == _tables->Generation)
        {
            return true;
        }

        Ends openerEnds = PolicyCheck.FindEnds(_tables, first.Opener);
        return first.Forward &&
            first.OpenerSrcId == PolicyCheck.IdOf(_tables, openerEnds.Src) &&
            first.OpenerDstId == PolicyCheck.IdOf(_tables, openerEnds.Dst) &&
            PolicyCheck.Allows(_tables, first.Opener, openerEnds);
    }

    private FragmentVerdict VerdictOf(
        in ParsedPacket packet, in PacketDecision decision, in Ends ends, long nowMs)
    {
        Connection* connection = decision.Kind switch
        {
            DecisionKind.Established =>
                _tracker.Find(_tables, packet.Key, packet.L4, ends, nowMs, out _),
            DecisionKind.RelatedIcmp => FindRelated(packet, nowMs),
            _ => null,
        };
        FlowKey opener = connection == null ? packet.Key : connection->Opener;
        Ends openerEnds = connection == null ? ends : PolicyCheck.FindEnds(_tables, opener);
        return new FragmentVerdict
        {
            Opener = opener,
            Forward = decision.IsForward,
            Always = decision.Kind == DecisionKind.NeighbourDiscovery,
            Generation = _tables->Generation,
            SrcEndpointId = PolicyCheck.IdOf(_tables, ends.Src),
            DstEndpointId = PolicyCheck.IdOf(_tables, ends.Dst),
            OpenerSrcId = PolicyCheck.IdOf(_tables, openerEnds.Src),
            OpenerDstId = PolicyCheck.IdOf(_tables, openerEnds.Dst),
        };
    }

    /// <summary>The verdict about a packet that belongs to a connection or may open one. Changes nothing.</summary>
    /// <param name="packet">No ICMP but a query.</param>
    /// <param name="ends">Its local ends.</param>
    /// <param name="connection">Its connection by the snapshot in force, or null.</param>
    /// <param name="fromOpener">Whether it travels in the direction of the connection's first.</param>
    private PacketDecision DecideByConnection(
        in ParsedPacket packet, in Ends ends, Connection* connection, bool fromOpener)
    {
        bool opens = packet.L4 is L4Kind.TcpSyn or L4Kind.IcmpRequest;
        if (connection != null && !opens)
        {
            if (!connection->IsCut)
            {
                return PacketDecision.Forward(DecisionKind.Established); // S-b14
            }

            if (!fromOpener)
            {
                return PacketDecision.Drop(DropReason.ConnectionCut); // S-b15
            }
        }

        return DecideAsNew(packet, ends);
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

    /// <summary>The allowed connection of whose packet's sender an ICMP error tells something, or null.</summary>
    private Connection* FindRelated(in ParsedPacket packet, long nowMs)
    {
        if (packet.Embedded.SrcAddr != packet.Key.DstAddr || packet.Embedded.IpVersion != packet.Key.IpVersion)
        {
            return null;
        }

        Ends ends = PolicyCheck.FindEnds(_tables, packet.Embedded);
        Connection* connection = _tracker.Find(_tables, packet.Embedded, packet.EmbeddedL4, ends, nowMs, out _);
        return connection != null && !connection->IsCut ? connection : null;
    }
}
