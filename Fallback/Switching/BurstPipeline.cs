using System.Runtime.CompilerServices;
using NetPolNic.Fallback.Classifier;
using NetPolNic.Fallback.Conntrack;
using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Parsing;

namespace NetPolNic.Fallback.Switching;

/// <summary>
/// What happens to a burst between its parsing and its departure, in stages: all hashes, all prefetches, then look-up,
/// guard, decision and switching of each packet in its order.
/// </summary>
[HotPath]
internal static unsafe class BurstPipeline
{
    /// <summary>Decides and switches packets that came in at one port. Inside a burst.</summary>
    /// <param name="state">The worker's.</param>
    /// <param name="packets">Parsed; marks filled in.</param>
    /// <param name="outcomes">Overwritten, one for each packet.</param>
    /// <param name="count">Packets, at most as many as the state has queries for.</param>
    /// <param name="inPort">Index of the port.</param>
    /// <param name="nowMs">The clock.</param>
    public static void Run(
        SwitchState* state, ParsedPacket* packets, PacketOutcome* outcomes, int count, int inPort, long nowMs)
    {
        EngineState* engine = state->Engine;
        if (engine->Tables == null)
        {
            for (int i = 0; i < count; i++)
            {
                Drop(engine, packets + i, outcomes + i, DropReason.NotReady);
            }

            return;
        }

        ConnectionTable* table = &engine->Connections;
        ulong seed = table->Seed;
        for (int i = 0; i < count; i++)
        {
            if (PacketDecider.HasConnection(packets + i))
            {
                ConnectionQuery* query = state->Queries + i;
                ConnectionQuery.Make(packets[i].Key, packets[i].L4, seed, out *query);
                ConnectionTable.Prefetch(table, query);
            }
        }

        for (int i = 0; i < count; i++)
        {
            Handle(state, packets + i, outcomes + i, state->Queries + i, inPort, nowMs);
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
            DropReason spoofed = SourceGuard.Check(state, packet, ends.Src, inPort, nowMs);
            if (spoofed != DropReason.None)
            {
                Drop(engine, packet, outcome, spoofed);
                return;
            }
        }

        PacketDecision decision = PacketDecider.Decide(engine, *packet, query, ends, nowMs);
        if (!decision.IsForward)
        {
            Drop(engine, packet, outcome, decision.Reason);
            return;
        }

        PacketDecider.Count(engine->Counters, decision, packet->IsMarked);
        PortChoice.Switch(state, packet, outcome, decision, new Known(ends.Src >= 0, ends.Dst >= 0), inPort, nowMs);
    }

    private static void Drop(EngineState* engine, ParsedPacket* packet, PacketOutcome* outcome, DropReason reason)
    {
        PacketDecision decision = PacketDecision.Drop(reason);
        PacketDecider.Count(engine->Counters, decision, packet->IsMarked);
        *outcome = new PacketOutcome { Decision = decision, Reason = reason };
    }
}
