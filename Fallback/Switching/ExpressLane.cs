using System.Runtime.CompilerServices;
using NetPolNic.Fallback.Conntrack;
using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Parsing;

namespace NetPolNic.Fallback.Switching;

/// <summary>
/// The short way of a plain packet whose connection stands, whose sender is where it was last heard, and whose receiver is
/// a known station: decided by the connection's own line and the two stations' entries. It decides as
/// <see cref="BurstPipeline"/> does, which takes all others.
/// </summary>
[HotPath]
internal static unsafe class ExpressLane
{
    /// <summary>Port to send a packet by.</summary>
    /// <param name="state">Inside a burst, with tables.</param>
    /// <param name="packet">Plain.</param>
    /// <param name="frame">The packet's first byte.</param>
    /// <param name="inPort">Index of the port it came in at.</param>
    /// <param name="nowMs">The clock.</param>
    /// <returns>Index of the port, everything noted but the counters; -1: nothing is noted, and it goes the long way.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int TryForward(SwitchState* state, ExpressPacket* packet, byte* frame, int inPort, uint nowMs)
    {
        const ConnectionFlags Relevant = ConnectionFlags.Cut | ConnectionFlags.Exempt | ConnectionFlags.Replied |
            ConnectionFlags.Closing;
        EngineState* engine = state->Engine;
        Connection* connection = ConnectionTable.Find(&engine->Connections, &packet->Query);
        if (connection == null ||
            connection->Generation != engine->Tables->Generation ||
            (connection->Flags & Relevant) != ConnectionFlags.Replied ||
            connection->IsExpired(nowMs))
        {
            return -1;
        }

        bool fromHigh = packet->Query.FromHigh;
        uint source = connection->SourceId(fromHigh);
        MacEntry* sender = state->Macs.Find(MacTable.KeyOf(Wire.U48(frame + 6), packet->VlanId));
        MacEntry* receiver = state->Macs.Find(MacTable.KeyOf(Wire.U48(frame), packet->VlanId));
        if (sender == null || sender->Place != MacEntry.PlaceOf(source, inPort) ||
            receiver == null || state->Macs.IsAged(receiver, nowMs))
        {
            return -1;
        }

        int outPort = receiver->Port;
        ulong podMask = state->Ports.PodMask;
        bool isOpen = (outPort != inPort || (state->Ports.ReflectMask >> inPort & 1) != 0) &&
            ((podMask >> outPort & 1) == 0 || connection->SourceId(!fromHigh) != 0) &&
            ((podMask >> inPort & 1) == 0 || source != 0);
        if (!isOpen)
        {
            return -1;
        }

        if (unchecked(nowMs - sender->SeenMs) > engine->GrainMs)
        {
            if (state->HasPeers)
            {
                return -1;
            }

            sender->SeenMs = nowMs;
        }

        bool isTcp = connection->IpProto == IpProtos.Tcp;
        if (isTcp &&
            !TcpTracking.NoteData(connection, packet->TcpSeq, packet->TcpAck, packet->TcpWindow, fromHigh))
        {
            engine->Counters->TcpImplausible++;
        }

        uint expiresMs = unchecked(nowMs + (uint)(isTcp ? engine->Timeouts.TcpEstablishedMs : engine->Timeouts.UdpRepliedMs));
        if (unchecked((int)(expiresMs - connection->ExpiresMs)) > 0)
        {
            connection->ExpiresMs = unchecked(expiresMs + engine->GrainMs);
        }

        return outPort;
    }
}
