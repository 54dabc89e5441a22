using System.Runtime.CompilerServices;
using NetPolNic.Fallback.Classifier;
using NetPolNic.Fallback.Conntrack;
using NetPolNic.Fallback.Parsing;
using NetPolNic.Fallback.Worker;

namespace NetPolNic.Fallback.Decision;

/// <summary>The connection model: exempt, established, related, new, fragments. Knows no ports.</summary>
[HotPath]
internal static unsafe class PacketDecider
{
    /// <summary>Whether a packet may belong to a connection by its own tuple, which is then looked up.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool HasConnection(ParsedPacket* packet) =>
        packet->Status == ParseStatus.Ip && packet->Fragment != FragmentKind.Later && packet->L4 <= L4Kind.IcmpReply;

    /// <summary>
    /// The connection that alone decides a packet, without a look at addresses or policy: one that stands, judged by the
    /// snapshot in force, of a whole packet that opens nothing. Else null, and <see cref="Decide"/> decides.
    /// </summary>
    /// <param name="engine">Inside a burst, with tables.</param>
    /// <param name="packet"><see cref="HasConnection"/> holds.</param>
    /// <param name="query">Made of its tuple.</param>
    /// <param name="nowMs">The clock.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Connection* FindStanding(
        EngineState* engine, ParsedPacket* packet, ConnectionQuery* query, long nowMs)
    {
        Connection* connection = ConnectionTable.Find(&engine->Connections, query);
        bool stands = connection != null &&
            connection->Generation == engine->Tables->Generation &&
            (connection->Flags & (ConnectionFlags.Cut | ConnectionFlags.Exempt)) == 0 &&
            packet->Fragment == FragmentKind.Whole &&
            packet->L4 is not (L4Kind.TcpSyn or L4Kind.IcmpRequest) &&
            !connection->IsExpired(nowMs);
        return stands ? connection : null;
    }

    /// <summary>Decides one parsed packet; counts nothing.</summary>
    /// <param name="engine">Inside a burst.</param>
    /// <param name="packet">The packet.</param>
    /// <param name="query">Made of its tuple where <see cref="HasConnection"/> holds; else not read.</param>
    /// <param name="ends">Its local ends, where it is an IP packet.</param>
    /// <param name="nowMs">The clock.</param>
    public static PacketDecision Decide(
        EngineState* engine, in ParsedPacket packet, ConnectionQuery* query, in Ends ends, long nowMs)
    {
        if (engine->Tables == null)
        {
            return PacketDecision.Drop(DropReason.NotReady);
        }

        return packet.Status switch
        {
            ParseStatus.Ip => DecideIp(engine, packet, query, ends, nowMs),
            ParseStatus.Arp => PacketDecision.Forward(DecisionKind.Arp),
            ParseStatus.OtherEtherType => PacketDecision.Drop(DropReason.EtherType),
            ParseStatus.Truncated => PacketDecision.Drop(DropReason.Truncated),
            ParseStatus.ExtensionChain => PacketDecision.Drop(DropReason.ExtensionChain),
            ParseStatus.TinyFragment => PacketDecision.Drop(DropReason.TinyFragment),
            ParseStatus.Scattered => PacketDecision.Drop(DropReason.ScatteredHeaders),
            _ => PacketDecision.Drop(DropReason.Malformed),
        };
    }

    /// <summary>Counts a decision and what it says of the NIC's mark.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Count(WorkerCounterBlock* counters, in PacketDecision decision, bool isMarked)
    {
        if (decision.IsForward)
        {
            counters->Decisions[(int)decision.Kind]++;
        }
        else
        {
            counters->Drops[(int)decision.Reason]++;
        }

        if (isMarked)
        {
            bool byPolicy = IsByPolicy(decision.Reason);
            counters->HintsAgreed += byPolicy ? 0UL : 1UL;
            counters->HintsDisagreed += byPolicy ? 1UL : 0UL;
        }
    }

    /// <summary>Whether policy or connection state says so, not the packet's own defects.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsByPolicy(DropReason reason) =>
        reason is >= DropReason.EgressDenied and <= DropReason.FragmentOfDropped;

    /// <summary>Whether a packet passes whatever the policy, and as what.</summary>
    public static bool PassesAlways(
        ClassifierTables* tables, in ParsedPacket packet, in Ends ends, out PacketDecision decision)
    {
        if (packet.L4 == L4Kind.NeighbourDiscovery)
        {
            decision = PacketDecision.Forward(DecisionKind.NeighbourDiscovery); // S-b16
            return true;
        }

        decision = PacketDecision.Forward(DecisionKind.Exempt); // S-b12, S-b13
        return PolicyCheck.IsExempt(tables, packet.Key, ends);
    }

    /// <summary>The verdict about a packet that belongs to a connection or may open one. Changes nothing.</summary>
    /// <param name="tables">The snapshot in force.</param>
    /// <param name="packet">No ICMP but a query.</param>
    /// <param name="ends">Its local ends.</param>
    /// <param name="connection">Its connection by the snapshot in force, or null.</param>
    /// <param name="fromOpener">Whether it travels in the direction of the connection's first.</param>
    public static PacketDecision DecideByConnection(
        ClassifierTables* tables, in ParsedPacket packet, in Ends ends, Connection* connection, bool fromOpener)
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

        return DecideAsNew(tables, packet, ends);
    }

    private static PacketDecision DecideIp(
        EngineState* engine, in ParsedPacket packet, ConnectionQuery* query, in Ends ends, long nowMs)
    {
        if (packet.Fragment == FragmentKind.Whole)
        {
            return DecideWithHeader(engine, packet, query, ends, nowMs);
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
            return DecideLaterFragment(engine, packet.Key, fragment, ends, nowMs);
        }

        PacketDecision decision = DecideWithHeader(engine, packet, query, ends, nowMs);
        engine->Fragments.Remember(
            fragment,
            VerdictOf(engine, packet, query, decision, ends, nowMs),
            nowMs,
            nowMs + engine->Timeouts.FragmentMs);
        return decision;
    }

    /// <summary>A packet with its L4 header: whole, or a first fragment.</summary>
    private static PacketDecision DecideWithHeader(
        EngineState* engine, in ParsedPacket packet, ConnectionQuery* query, in Ends ends, long nowMs)
    {
        if (PassesAlways(engine->Tables, packet, ends, out PacketDecision decision))
        {
            return decision;
        }

        switch (packet.L4)
        {
            case L4Kind.IcmpError when FindRelated(engine, packet, nowMs) != null:
                return PacketDecision.Forward(DecisionKind.RelatedIcmp); // S-b16

            case L4Kind.IcmpError or L4Kind.IcmpOther:
                return DecideAsNew(engine->Tables, packet, ends);
        }

        Connection* connection = ConnectionTracker.Find(engine, query, ends, nowMs, out bool fromOpener);
        decision = DecideByConnection(engine->Tables, packet, ends, connection, fromOpener);
        if (!decision.IsForward)
        {
            return decision;
        }

        // A repeated SYN or request of a connection that stands: a blind one must not shorten its life.
        bool stands = connection != null && !connection->IsCut && connection->State == ConnectionState.Established;
        if (stands && !fromOpener && decision.Kind != DecisionKind.Established)
        {
            connection->TurnRound();
        }

        if (decision.Kind == DecisionKind.Established || stands)
        {
            ConnectionTracker.Touch(engine, connection, packet, query->FromHigh, nowMs);
        }
        else if (packet.L4 != L4Kind.IcmpReply)
        {
            ConnectionTracker.Open(engine, packet, query, ends, connection, nowMs);
        }

        return decision;
    }

    private static PacketDecision DecideLaterFragment(
        EngineState* engine, in FlowKey key, in FragmentKey fragment, in Ends ends, long nowMs)
    {
        if (PolicyCheck.IsExempt(engine->Tables, key, ends))
        {
            return PacketDecision.Forward(DecisionKind.Exempt);
        }

        if (engine->Fragments.TryFind(fragment, nowMs, out FragmentVerdict first) && StillHolds(engine, first, ends))
        {
            return first.Forward
                ? PacketDecision.Forward(DecisionKind.Fragment)
                : PacketDecision.Drop(DropReason.FragmentOfDropped);
        }

        return PolicyCheck.IsIsolated(engine->Tables, ends)
            ? PacketDecision.Drop(DropReason.FragmentWithoutFirst) // S-b20
            : PacketDecision.Forward(DecisionKind.OpenPods);
    }

    /// <summary>
    /// Whether a first fragment's verdict counts. One of an older snapshot does where what let it pass is allowed now
    /// (S-b15); else the first fragment counts as not seen, as does another pod's (S-b17).
    /// </summary>
    private static bool StillHolds(EngineState* engine, in FragmentVerdict first, in Ends ends)
    {
        ClassifierTables* tables = engine->Tables;
        if (first.SrcEndpointId != PolicyCheck.IdOf(tables, ends.Src) ||
            first.DstEndpointId != PolicyCheck.IdOf(tables, ends.Dst))
        {
            return false;
        }

        if (engine->KeepsEstablished || first.Always || first.Generation == tables->Generation)
        {
            return true;
        }

        Ends openerEnds = PolicyCheck.FindEnds(tables, first.Opener);
        return first.Forward &&
            first.OpenerSrcId == PolicyCheck.IdOf(tables, openerEnds.Src) &&
            first.OpenerDstId == PolicyCheck.IdOf(tables, openerEnds.Dst) &&
            PolicyCheck.Allows(tables, first.Opener, openerEnds);
    }

    private static FragmentVerdict VerdictOf(
        EngineState* engine,
        in ParsedPacket packet,
        ConnectionQuery* query,
        in PacketDecision decision,
        in Ends ends,
        long nowMs)
    {
        ClassifierTables* tables = engine->Tables;
        Connection* connection = decision.Kind switch
        {
            DecisionKind.Established => ConnectionTracker.Find(engine, query, ends, nowMs, out _),
            DecisionKind.RelatedIcmp => FindRelated(engine, packet, nowMs),
            _ => null,
        };
        FlowKey opener = connection == null ? packet.Key : connection->Opener;
        Ends openerEnds = connection == null ? ends : PolicyCheck.FindEnds(tables, opener);
        return new FragmentVerdict
        {
            Opener = opener,
            Forward = decision.IsForward,
            Always = decision.Kind == DecisionKind.NeighbourDiscovery,
            Generation = tables->Generation,
            SrcEndpointId = PolicyCheck.IdOf(tables, ends.Src),
            DstEndpointId = PolicyCheck.IdOf(tables, ends.Dst),
            OpenerSrcId = PolicyCheck.IdOf(tables, openerEnds.Src),
            OpenerDstId = PolicyCheck.IdOf(tables, openerEnds.Dst),
        };
    }

    private static PacketDecision DecideAsNew(ClassifierTables* tables, in ParsedPacket packet, in Ends ends)
    {
        DropReason reason = PolicyCheck.Evaluate(tables, packet.Key, ends);
        if (reason != DropReason.None)
        {
            return PacketDecision.Drop(reason);
        }

        return PacketDecision.Forward(
            PolicyCheck.IsIsolated(tables, ends) ? DecisionKind.NewAllowed : DecisionKind.OpenPods);
    }

    /// <summary>The allowed connection of whose packet's sender an ICMP error tells something, or null.</summary>
    private static Connection* FindRelated(EngineState* engine, in ParsedPacket packet, long nowMs)
    {
        if (packet.Embedded.SrcAddr != packet.Key.DstAddr || packet.Embedded.IpVersion != packet.Key.IpVersion)
        {
            return null;
        }

        Ends ends = PolicyCheck.FindEnds(engine->Tables, packet.Embedded);
        ConnectionQuery.Make(packet.Embedded, packet.EmbeddedL4, engine->Connections.Seed, out ConnectionQuery query);
        Connection* connection = ConnectionTracker.Find(engine, &query, ends, nowMs, out _);
        return connection != null && !connection->IsCut ? connection : null;
    }
}
