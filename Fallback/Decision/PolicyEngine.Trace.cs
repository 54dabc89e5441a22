using NetPolNic.Fallback.Classifier;
using NetPolNic.Fallback.Conntrack;
using NetPolNic.Fallback.Parsing;
using NetPolNic.Fallback.Worker;

namespace NetPolNic.Fallback.Decision;

/// <content>What would become of a packet, without anything becoming of it.</content>
public sealed unsafe partial class PolicyEngine
{
    /// <summary>Traces outside of a burst. The engine's thread, or another while that does nothing.</summary>
    internal TraceAnswer TraceAlone(in ParsedPacket packet, long nowMs)
    {
        _epoch.Enter();
        _state.Pointer->Tables = _epoch.Published->Current;
        Trace(packet, nowMs, out TraceAnswer answer);
        EndBurst();
        _epoch.Exit();
        return answer;
    }

    /// <summary>
    /// Decides like <see cref="Decide(in ParsedPacket, in PacketContext)"/> and changes and counts nothing. Inside a burst.
    /// </summary>
    /// <param name="packet">A whole IP packet.</param>
    /// <param name="nowMs">The clock.</param>
    /// <param name="answer">Overwritten whole.</param>
    internal void Trace(in ParsedPacket packet, long nowMs, out TraceAnswer answer)
    {
        answer = default;
        answer.NowMs = nowMs;
        answer.Ends = new Ends { Src = ClassifierTables.None, Dst = ClassifierTables.None };
        EngineState* state = _state.Pointer;
        ClassifierTables* tables = state->Tables;
        if (tables == null)
        {
            answer.Decision = PacketDecision.Drop(DropReason.NotReady);
            return;
        }

        Ends ends = PolicyCheck.FindEnds(tables, packet.Key);
        answer.Ends = ends;
        answer.Generation = tables->Generation;
        answer.IsExempt = PolicyCheck.IsExempt(tables, packet.Key, ends);
        bool mayBelong = packet.L4 is not (L4Kind.IcmpError or L4Kind.IcmpOther or L4Kind.NeighbourDiscovery);
        ConnectionQuery.Make(packet.Key, packet.L4, state->Connections.Seed, out ConnectionQuery query);
        answer.HasConnection = mayBelong && ConnectionTracker.TryPeek(
            state, &query, ends, nowMs, out answer.Connection, out answer.OpenedSec, out answer.FromOpener);
        if (!PacketDecider.PassesAlways(tables, packet, ends, out answer.Decision))
        {
            Connection found = answer.Connection;
            answer.Decision = PacketDecider.DecideByConnection(
                tables, packet, ends, answer.HasConnection ? &found : null, answer.FromOpener);
        }
    }
}
