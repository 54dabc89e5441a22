using System.Runtime.CompilerServices;
using Dpdk.Mbuf;
using NetPolNic.Fallback.Classifier;
using NetPolNic.Fallback.Conntrack;
using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Parsing;

namespace NetPolNic.Fallback.Switching;

/// <summary>
/// What happens to a burst between its arrival and its departure, in stages: all are read and their connections' lines
/// brought near, then each is looked up, guarded, decided and switched in its order.
/// </summary>
[HotPath]
internal static unsafe class BurstPipeline
{
    /// <summary>Reads a packet: as little as its connection needs where it is plain, else all.</summary>
    /// <param name="state">Inside a burst.</param>
    /// <param name="frame">First byte of the destination MAC.</param>
    /// <param name="length">Bytes that may be read.</param>
    /// <param name="express">Overwritten.</param>
    /// <param name="packet">Overwritten where the packet is not plain.</param>
    public static void Read(SwitchState* state, byte* frame, int length, ExpressPacket* express, ParsedPacket* packet)
    {
        ConnectionTable* table = &state->Engine->Connections;
        if (ExpressParser.TryReadUsual(frame, (uint)length, table, express))
        {
            express->HomeOnly = ConnectionTable.Prefetch(table, &express->Query);
            return;
        }

        ReadOther(state, frame, length, express, packet);
    }

    /// <summary>The same for one that is not usual.</summary>
    public static void ReadOther(SwitchState* state, byte* frame, int length, ExpressPacket* express, ParsedPacket* packet)
    {
        ConnectionTable* table = &state->Engine->Connections;
        if (ExpressParser.TryRead(frame, length, table->Seed, express))
        {
            express->HomeOnly = ConnectionTable.Prefetch(table, &express->Query);
            return;
        }

        ReadWhole(state, frame, length, express, packet);
    }

    /// <summary>Reads the most usual packets, as long as they are of one family, and has their connections brought near.</summary>
    /// <typeparam name="TFamily"><see cref="Ipv4"/> or <see cref="Ipv6"/>.</typeparam>
    /// <param name="table">Where the connections are.</param>
    /// <param name="packets">The first.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="express">Overwritten, one for each that is read.</param>
    /// <param name="bytes">The length of each is added.</param>
    /// <returns>How many are read.</returns>
    /// <remarks>Calls nothing, so that what all packets need stays in registers.</remarks>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int ReadRun<TFamily>(ConnectionTable* table, Mbuf** packets, int count, ExpressPacket* express, ulong* bytes)
        where TFamily : struct
    {
        ulong sum = 0;
        Mbuf** at = packets;
        for (Mbuf** end = packets + count; at < end; at++, express++)
        {
            Mbuf* packet = *at;
            if (packet->SegmentCount != 1 || !(typeof(TFamily) == typeof(Ipv4)
                ? ExpressParser.TryReadUsualV4(packet->Data, packet->DataLength, table, express)
                : ExpressParser.TryReadUsualV6(packet->Data, packet->DataLength, table, express)))
            {
                break;
            }

            sum += packet->DataLength;
            express->HomeOnly = ConnectionTable.Prefetch(table, &express->Query);
        }

        *bytes += sum;
        return (int)(at - packets);
    }

    /// <summary>Brings near what a packet needs that goes the long way in a moment.</summary>
    public static void LookAhead(SwitchState* state, ExpressPacket* express, ParsedPacket* packet)
    {
        if (express->Kind == ExpressKind.Opening || (express->Kind == ExpressKind.None && PacketDecider.HasConnection(packet)))
        {
            ConnectionTable.PrefetchInsert(&state->Engine->Connections, &express->Query);
        }
    }

    /// <summary>Decides and switches a packet of which all has been read. Inside a burst.</summary>
    /// <param name="state">The worker's.</param>
    /// <param name="packet">Parsed; the mark filled in.</param>
    /// <param name="outcome">Overwritten.</param>
    /// <param name="query">Made by <see cref="Read"/>.</param>
    /// <param name="inPort">Index of the port.</param>
    /// <param name="nowMs">The clock.</param>
    public static void Decide(
        SwitchState* state, ParsedPacket* packet, PacketOutcome* outcome, ConnectionQuery* query, int inPort, long nowMs)
    {
        if (state->Engine->Tables == null)
        {
            Drop(state->Engine, packet, outcome, DropReason.NotReady);
            return;
        }

        Handle(state, packet, outcome, query, inPort, nowMs);
    }

    /// <summary>Reads a packet that is not taken for plain.</summary>
    public static void ReadWhole(
        SwitchState* state, byte* frame, int length, ExpressPacket* express, ParsedPacket* packet)
    {
        express->Kind = ExpressKind.None;
        ConnectionTable* table = &state->Engine->Connections;
        PacketParser.Parse(frame, length, out *packet);
        if (PacketDecider.HasConnection(packet))
        {
            ConnectionQuery.Make(packet->Key, packet->L4, table->Seed, out express->Query);
            ConnectionTable.Prefetch(table, &express->Query);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Handle(
        SwitchState* state,
        ParsedPacket* packet,
        PacketOutcome* outcome,
        ConnectionQuery* query,
        int inPort,
        long nowMs)
    {
        EngineState* engine = state->Engine;
        Connection* standing = PacketDecider.HasConnection(packet)
            ? PacketDecider.FindStanding(engine, packet, query, nowMs)
            : null;
        if (standing == null)
        {
            HandleSlowly(state, packet, outcome, query, inPort, nowMs);
            return;
        }

        bool fromHigh = query->FromHigh;
        uint source = standing->SourceId(fromHigh);
        MacEntry* sender = state->Macs.Find(MacTable.KeyOf(packet->SrcMac, packet->VlanId));
        if (sender == null || sender->Place != MacEntry.PlaceOf(source, inPort))
        {
            HandleSlowly(state, packet, outcome, query, inPort, nowMs);
            return;
        }

        if (sender->SeenMs != unchecked((uint)nowMs))
        {
            sender->SeenMs = unchecked((uint)nowMs);
        }

        ConnectionTracker.Touch(engine, standing, *packet, fromHigh, nowMs);
        PacketDecision decision = PacketDecision.Forward(DecisionKind.Established);
        PacketDecider.Count(engine->Counters, decision, packet->IsMarked);
        PortChoice.Switch(
            state, packet, outcome, decision, new Known(source != 0, standing->SourceId(!fromHigh) != 0), inPort, nowMs);
    }

    /// <summary>A packet that opens a connection or belongs to none, or whose sender is to be checked.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void HandleSlowly(
        SwitchState* state,
        ParsedPacket* packet,
        PacketOutcome* outcome,
        ConnectionQuery* query,
        int inPort,
        long nowMs)
    {
        EngineState* engine = state->Engine;
        Ends ends = new() { Src = ClassifierTables.None, Dst = ClassifierTables.None };
        if (packet->Status == ParseStatus.Ip)
        {
            ends = PolicyCheck.FindEnds(engine->Tables, packet->Key);
        }

        if (packet->Status is ParseStatus.Ip or ParseStatus.Arp)
        {
            DropReason spoofed = IsKnownSender(state, packet, PolicyCheck.IdOf(engine->Tables, ends.Src), inPort, nowMs)
                ? DropReason.None
                : SourceGuard.Check(state, packet, ends.Src, inPort, nowMs);
            if (spoofed != DropReason.None)
            {
                Drop(engine, packet, outcome, spoofed);
                return;
            }
        }

        PacketDecision decision = PacketDecider.Decide(engine, *packet, query, ends, nowMs);
        if (!decision.IsForward)
        {
            if (IsDeniedByTuple(packet, decision.Reason))
            {
                ConnectionTable.NoteDenial(
                    &engine->Connections,
                    query,
                    engine->Tables->Generation,
                    PolicyCheck.IdOf(engine->Tables, ends.Src),
                    PolicyCheck.IdOf(engine->Tables, ends.Dst),
                    decision.Reason);
            }

            Drop(engine, packet, outcome, decision.Reason);
            return;
        }

        PacketDecider.Count(engine->Counters, decision, packet->IsMarked);
        PortChoice.Switch(state, packet, outcome, decision, new Known(ends.Src >= 0, ends.Dst >= 0), inPort, nowMs);
    }

    /// <summary>Whether policy has denied a packet by its tuple alone, so that it would the next one too.</summary>
    private static bool IsDeniedByTuple(ParsedPacket* packet, DropReason reason) =>
        reason is DropReason.EgressDenied or DropReason.IngressDenied &&
        packet->Key.IpProto is IpProtos.Tcp or IpProtos.Udp && packet->Fragment == FragmentKind.Whole;

    /// <summary>Whether the guard has let the same sender pass from the same place before; notes that it was heard.</summary>
    private static bool IsKnownSender(SwitchState* state, ParsedPacket* packet, uint source, int inPort, long nowMs)
    {
        if (packet->ClaimsAddr)
        {
            return false;
        }

        MacEntry* sender = state->Macs.Find(MacTable.KeyOf(packet->SrcMac, packet->VlanId));
        if (sender == null || sender->Place != MacEntry.PlaceOf(source, inPort))
        {
            return false;
        }

        sender->SeenMs = unchecked((uint)nowMs);
        return true;
    }

    private static void Drop(EngineState* engine, ParsedPacket* packet, PacketOutcome* outcome, DropReason reason)
    {
        PacketDecision decision = PacketDecision.Drop(reason);
        PacketDecider.Count(engine->Counters, decision, packet->IsMarked);
        *outcome = new PacketOutcome { Decision = decision, Reason = reason };
    }

    /// <summary>See <see cref="ReadRun"/>.</summary>
    public readonly struct Ipv4;

    /// <summary>See <see cref="ReadRun"/>.</summary>
    public readonly struct Ipv6;
}
