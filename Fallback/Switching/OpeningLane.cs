using System.Runtime.CompilerServices;
using NetPolNic.Fallback.Classifier;
using NetPolNic.Fallback.Conntrack;
using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Parsing;

namespace NetPolNic.Fallback.Switching;

/// <summary>
/// The short way of a packet that opens a connection: a SYN or a datagram whose sender is where it was last heard, and whose
/// receiver is a known station. It decides as <see cref="BurstPipeline"/> does, which takes all others.
/// </summary>
[HotPath]
internal static unsafe class OpeningLane
{
    private const int Ipv4Bytes = 20;

    // Where the length stands before the L4 header: of all of the packet, and of what follows the header.
    private const int Ipv4LengthBefore = 18;
    private const int Ipv6LengthBefore = 36;

    /// <summary>Looks a packet's ends up, and has what policy says of them brought near.</summary>
    /// <param name="burst">The packet's.</param>
    /// <param name="packet">Opening; to be decided a few packets later in the same burst.</param>
    public static void Prepare(ExpressBurst* burst, ExpressPacket* packet)
    {
        ConnectionTable.PrefetchInsert(&burst->Engine->Connections, &packet->Query);
        FlowKey key = packet->Query.Key.ToFlow(packet->Query.FromHigh);
        Ends ends = PolicyCheck.FindEnds(burst->Tables, key);
        packet->SetEnds(ends.Src, ends.Dst);
        PolicyCheck.Prefetch(burst->Tables, key, ends);
    }

    /// <summary>Decides the packet by policy, and opens its connection where that allows it.</summary>
    /// <param name="burst">The packet's.</param>
    /// <param name="packet">Plain or opening.</param>
    /// <param name="frame">The packet's first byte.</param>
    /// <param name="nowMs">The clock.</param>
    /// <param name="decision">What to count. Of no meaning where nothing is noted.</param>
    /// <returns>
    /// Whether it is decided, everything noted but the counters; else nothing is noted, and it goes the long way.
    /// </returns>
    public static bool TryDecide(
        ExpressBurst* burst, ExpressPacket* packet, byte* frame, long nowMs, out OpeningDecision decision)
    {
        Unsafe.SkipInit(out decision);
        ConnectionQuery* query = &packet->Query;
        bool isTcp = query->Key.IpProto == IpProtos.Tcp;
        if (isTcp && packet->Kind != ExpressKind.Opening)
        {
            return false;
        }

        ClassifierTables* tables = burst->Tables;
        EngineState* engine = burst->Engine;
        Unsafe.SkipInit(out ParsedPacket parsed);
        parsed.Key = query->Key.ToFlow(query->FromHigh);
        Ends ends;
        if (!packet->TryGetEnds(out ends.Src, out ends.Dst))
        {
            ends = PolicyCheck.FindEnds(tables, parsed.Key);
        }

        uint source = PolicyCheck.IdOf(tables, ends.Src);
        MacEntry* sender = burst->Stations->Find(MacTable.KeyAt(frame + 6, packet->VlanId));
        MacEntry* receiver = burst->Stations->Find(MacTable.KeyAt(frame, packet->VlanId));
        if (sender == null || receiver == null || sender->Place != (burst->InPlace | MacEntry.PlaceOf(source, 0)) ||
            burst->Stations->IsAged(receiver, burst->NowMs))
        {
            return false;
        }

        ulong closed = ends.Dst < 0 ? burst->ClosedPorts | burst->PodPorts : burst->ClosedPorts;
        if ((closed >> receiver->Port & 1) != 0 || (ends.Src < 0 && burst->IsForPods) ||
            PolicyCheck.IsExempt(tables, parsed.Key, ends) ||
            ConnectionTable.FindUnlikely(&engine->Connections, query) != null || !ExpressLane.TryHear(burst, sender))
        {
            return false;
        }

        decision.Reason = PolicyCheck.Evaluate(tables, parsed.Key, ends);
        if (decision.Reason != DropReason.None)
        {
            ConnectionTable.NoteDenial(
                &engine->Connections, query, tables->Generation, source, PolicyCheck.IdOf(tables, ends.Dst), decision.Reason);
            return true;
        }

        decision.Port = receiver->Port;
        decision.Kind = PolicyCheck.IsIsolated(tables, ends) ? DecisionKind.NewAllowed : DecisionKind.OpenPods;
        byte* at = frame + packet->L4Offset;
        parsed.Fragment = FragmentKind.Whole;
        parsed.L4 = L4Kind.Other;
        if (isTcp)
        {
            int length = parsed.Key.IpVersion == 4 ? Wire.U16(at - Ipv4LengthBefore) - Ipv4Bytes : Wire.U16(at - Ipv6LengthBefore);
            L4Parser.Parse(at, length, ref parsed);
        }

        ConnectionTracker.Open(engine, parsed, query, ends, existing: null, nowMs);
        return true;
    }
}

/// <summary>What has become of a packet that opens a connection, or would.</summary>
internal struct OpeningDecision
{
    /// <summary>None: it leaves.</summary>
    public DropReason Reason;

    /// <summary>Where it leaves: why.</summary>
    public DecisionKind Kind;

    /// <summary>Where it leaves: index of the port.</summary>
    public int Port;
}
