using System.Numerics;
using System.Runtime.CompilerServices;
using NetPolNic.Fallback.Parsing;

namespace NetPolNic.Fallback.Conntrack;

/// <summary>
/// Whether a TCP segment can be of its connection, by sequence numbers: who cannot see a connection must not end it or
/// make it look established (RFC 5961). It never decides whether a segment passes; the ends do.
/// </summary>
/// <remarks>
/// Of each end the table keeps what it expects next (the highest number that it has acknowledged) and its window: in the
/// low half byte the power of two that bounds the field, less one (0: it has not acknowledged anything yet), in the high
/// one its scale (15: not known). So windows are at most twice as wide as they are; those of connections that were picked
/// up in their middle are as wide as any.
/// </remarks>
[HotPath]
internal static unsafe class TcpTracking
{
    private const byte Fin = 0x01;
    private const byte Syn = 0x02;
    private const byte Ack = 0x10;

    private const int UnknownScale = 15;
    private const int MaxScale = 14; // RFC 7323 section 2.3.

    // How far the first acknowledgement may be off: of a SYN's data (RFC 7413) it may acknowledge a part.
    private const uint FirstWindow = 1 << 11;

    /// <summary>Notes the segment that opens a connection.</summary>
    public static void Open(Connection* connection, in ParsedPacket packet, bool fromHigh)
    {
        int own = fromHigh ? 1 : 0;
        int other = own ^ 1;
        bool isSyn = (packet.TcpFlags & Syn) != 0;
        bool acks = (packet.TcpFlags & Ack) != 0;
        connection->Expects[other] = unchecked(packet.TcpSeq + (isSyn ? 1u + (uint)packet.L4PayloadBytes : 0u));
        connection->Windows[other] = UnknownScale << 4;
        connection->Expects[own] = acks ? packet.TcpAck : 0;
        connection->Windows[own] = Pack(isSyn ? packet.TcpScale : UnknownScale, acks ? packet.TcpWindow : -1);
        if (!isSyn)
        {
            // Picked up in its middle: what the other end's window is, its first segment tells in part.
            connection->Windows[other] = Pack(UnknownScale, ushort.MaxValue);
        }
    }

    /// <summary>Notes a segment of a connection that is not closing.</summary>
    /// <param name="connection">TCP.</param>
    /// <param name="packet">No bare SYN.</param>
    /// <param name="fromHigh">Which end sent it.</param>
    /// <returns>False: it changes nothing, as who sent it does not know the connection's numbers.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Note(Connection* connection, in ParsedPacket packet, bool fromHigh)
    {
        int own = fromHigh ? 1 : 0;
        bool isPlain = packet.L4 == L4Kind.TcpData && (packet.TcpFlags & (Syn | Ack)) == Ack &&
            (connection->Flags & ConnectionFlags.Replied) != 0;

        // The usual case: data, or an acknowledgement that says nothing new.
        return (isPlain && packet.TcpAck == connection->Expects[own] &&
            Class(packet.TcpWindow) == (connection->Windows[own] & 0xf)) ||
            NoteSlowly(connection, packet, own);
    }

    private static bool NoteSlowly(Connection* connection, in ParsedPacket packet, int own)
    {
        bool opening = (connection->Flags & ConnectionFlags.Replied) == 0;
        bool fromOpener = own == (connection->OpenedByHigh ? 1 : 0);
        if (packet.L4 == L4Kind.TcpReset)
        {
            return IsResetPlausible(connection, packet, own, opening && !fromOpener);
        }

        if (opening)
        {
            return fromOpener ? NoteOpener(connection, packet, own) : NoteFirstReply(connection, packet, own);
        }

        return (packet.TcpFlags & Ack) != 0 && NoteReplied(connection, packet.TcpSeq, packet.TcpAck, packet.TcpWindow, own);
    }

    /// <summary>The same for data of a connection that both ends have acknowledged.</summary>
    /// <param name="connection">TCP, not closing.</param>
    /// <param name="header">A whole TCP header, with ACK and neither SYN, FIN nor RST.</param>
    /// <param name="own">Which end sent it: 0 is the low one, 1 the high one.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool NoteData(Connection* connection, byte* header, int own)
    {
        uint ack = Wire.U32(header + 8);
        uint window = Wire.U16(header + 14);
        return (ack == connection->Expects[own] && Class(window) == (connection->Windows[own] & 0xf)) ||
            NoteReplied(connection, Wire.U32(header + 4), ack, window, own);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool NoteReplied(Connection* connection, uint seq, uint ack, uint window, int own)
    {
        if (!IsInWindow(connection, seq, own ^ 1) || !Within(ack, connection->Expects[own], Window(connection, own)))
        {
            return false;
        }

        // A newer one may be known.
        if (unchecked((int)(ack - connection->Expects[own])) >= 0)
        {
            connection->Expects[own] = ack;
            connection->Windows[own] = Pack(connection->Windows[own] >> 4, (int)window);
        }

        return true;
    }

    /// <summary>The opener before any reply that knew its numbers; it may acknowledge one that seemed not to.</summary>
    private static bool NoteOpener(Connection* connection, in ParsedPacket packet, int own)
    {
        bool acks = (packet.TcpFlags & Ack) != 0;
        bool isHeard = (connection->Windows[own] & 0xf) == 0 && connection->Expects[own] != 0;
        if (acks && isHeard && packet.TcpAck == connection->Expects[own])
        {
            connection->Expects[own ^ 1] = packet.TcpSeq;
            connection->Windows[own] = Pack(connection->Windows[own] >> 4, packet.TcpWindow);
            connection->Windows[own ^ 1] = Pack(UnknownScale, ushort.MaxValue);
            connection->Flags |= ConnectionFlags.Replied;
        }

        return IsInWindow(connection, packet.TcpSeq, own ^ 1);
    }

    /// <summary>What makes a connection established: the replier acknowledges what the opener has sent.</summary>
    private static bool NoteFirstReply(Connection* connection, in ParsedPacket packet, int own)
    {
        int opener = own ^ 1;
        bool isSyn = (packet.TcpFlags & Syn) != 0;
        uint end = unchecked(packet.TcpSeq + (uint)packet.L4PayloadBytes + (isSyn ? 1u : 0u));
        bool knows = (packet.TcpFlags & Ack) != 0 && Within(packet.TcpAck, connection->Expects[own], Window(connection, own));
        if (!knows)
        {
            if ((connection->Windows[opener] & 0xf) == 0)
            {
                connection->Expects[opener] = end; // Believed once the opener acknowledges it.
            }

            return false;
        }

        int openerScale = connection->Windows[opener] >> 4;
        if (isSyn)
        {
            // RFC 7323 section 2.2: scales count where both ends have sent one.
            bool bothScale = packet.TcpScale <= MaxScale && openerScale <= MaxScale;
            connection->Windows[own] = Pack(bothScale ? packet.TcpScale : 0, packet.TcpWindow);
            connection->Windows[opener] = Pack(bothScale ? openerScale : 0, ushort.MaxValue);
        }
        else
        {
            connection->Windows[own] = Pack(UnknownScale, packet.TcpWindow);
            connection->Windows[opener] = Pack(openerScale, ushort.MaxValue);
        }

        connection->Expects[own] = packet.TcpAck;
        connection->Expects[opener] = isSyn ? end : packet.TcpSeq;
        connection->Flags |= ConnectionFlags.Replied;
        return true;
    }

    /// <summary>
    /// RFC 9293 section 3.10.7: a reset's number lies in the window of the end it goes to; one that answers a SYN
    /// acknowledges it.
    /// </summary>
    private static bool IsResetPlausible(Connection* connection, in ParsedPacket packet, int own, bool answersSyn)
    {
        int other = own ^ 1;
        bool isUnheard = (connection->Windows[other] & 0xf) == 0;
        if (answersSyn && isUnheard)
        {
            return (packet.TcpFlags & Ack) != 0 && Within(packet.TcpAck, connection->Expects[own], FirstWindow);
        }

        // One less: the number of a keep-alive (RFC 9293 section 3.8.4), which may be answered so.
        uint ahead = unchecked(packet.TcpSeq - (connection->Expects[other] - 1));
        return ahead <= Window(connection, other) + 1;
    }

    /// <summary>Whether a number is at most a window away from what an end expects: sent again, or ahead.</summary>
    private static bool IsInWindow(Connection* connection, uint seq, int receiver) =>
        Within(seq, connection->Expects[receiver], Window(connection, receiver));

    private static bool Within(uint number, uint expected, uint window) =>
        unchecked(number - expected + window) <= 2 * window;

    /// <summary>What an end may be sent, at most twice as much, in bytes; less than half of all numbers.</summary>
    private static uint Window(Connection* connection, int end)
    {
        int @class = connection->Windows[end] & 0xf;
        int scale = Math.Min(connection->Windows[end] >> 4, MaxScale);
        return @class == 0 ? FirstWindow : 1u << Math.Min(@class + 1 + scale, 30);
    }

    private static byte Pack(int scale, int window) => (byte)((scale << 4) | (window < 0 ? 0 : Class((uint)window)));

    /// <summary>1 to 15: the field is below 2 to the class plus one.</summary>
    private static int Class(uint window) => BitOperations.Log2(window | 2);
}
