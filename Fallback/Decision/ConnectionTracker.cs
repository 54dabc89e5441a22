using System.Runtime.CompilerServices;
using NetPolNic.Fallback.Classifier;
using NetPolNic.Fallback.Conntrack;
using NetPolNic.Fallback.Parsing;

namespace NetPolNic.Fallback.Decision;

/// <summary>
/// The life of connections: a look-up brings an entry up to the snapshot in force before anyone sees it, so verdicts
/// are exact from the first packet after a change (I4).
/// </summary>
[HotPath]
internal static unsafe class ConnectionTracker
{
    private const int MsPerSecond = 1000;

    // Half of what the low half of the clock in an entry can tell apart.
    private const long LongestNapMs = 1 << 30;

    /// <summary>The connection that a packet belongs to, judged by the snapshot in force, or null.</summary>
    /// <param name="engine">Inside a burst.</param>
    /// <param name="query">Made of the packet's tuple.</param>
    /// <param name="ends">The local ends of the tuple.</param>
    /// <param name="nowMs">The clock.</param>
    /// <param name="fromOpener">Whether the packet travels in the direction of the connection's first.</param>
    public static Connection* Find(
        EngineState* engine, ConnectionQuery* query, in Ends ends, long nowMs, out bool fromOpener)
    {
        fromOpener = false;
        Connection* connection = ConnectionTable.Find(&engine->Connections, query);
        if (connection == null)
        {
            return null;
        }

        if (connection->IsExpired(nowMs))
        {
            engine->Counters->ConnectionsExpired++;
            ConnectionTable.Remove(&engine->Connections, connection);
            return null;
        }

        bool isFromOpener = query->FromHigh == connection->OpenedByHigh;
        if (connection->Generation != engine->Tables->Generation &&
            !Refresh(engine, connection, isFromOpener ? ends : ends.Reversed()))
        {
            return null;
        }

        fromOpener = isFromOpener;
        return connection;
    }

    /// <summary>What <see cref="Find"/> would find, as a copy; changes nothing.</summary>
    /// <returns>False: nothing.</returns>
    public static bool TryPeek(
        EngineState* engine,
        ConnectionQuery* query,
        in Ends ends,
        long nowMs,
        out Connection connection,
        out uint openedSec,
        out bool fromOpener)
    {
        ConnectionTable* table = &engine->Connections;
        Connection* found = ConnectionTable.Find(table, query);
        connection = found == null ? default : *found;
        openedSec = found == null ? 0 : table->Stamps[found - table->Slots].OpenedSec;
        fromOpener = found != null && query->FromHigh == connection.OpenedByHigh;
        bool lives = found != null && !connection.IsExpired(nowMs) &&
            Judge(engine, ref connection, fromOpener ? ends : ends.Reversed()) != Judgement.OfGonePod;
        fromOpener &= lives;
        return lives;
    }

    /// <summary>Tracks an allowed connection in the direction of this packet; (re)creates what is there.</summary>
    public static void Open(
        EngineState* engine,
        in ParsedPacket packet,
        ConnectionQuery* query,
        in Ends ends,
        Connection* existing,
        long nowMs)
    {
        ConnectionTable* table = &engine->Connections;
        uint src = PolicyCheck.IdOf(engine->Tables, ends.Src);
        uint dst = PolicyCheck.IdOf(engine->Tables, ends.Dst);
        Connection* connection = existing != null
            ? existing
            : ConnectionTable.Insert(table, query, src != 0 ? src : dst, nowMs);
        if (connection == null)
        {
            engine->Counters->ConnectionsUntracked++;
            return;
        }

        engine->Counters->ConnectionsOpened++;
        table->Stamps[connection - table->Slots].OpenedSec = unchecked((uint)(nowMs / MsPerSecond));
        connection->Flags = (connection->Flags & (ConnectionFlags.InUse | ConnectionFlags.IsIpv6)) |
            (query->FromHigh ? ConnectionFlags.OpenedByHigh : ConnectionFlags.None);
        connection->Generation = engine->Tables->Generation;
        connection->SetIds(query->FromHigh ? dst : src, query->FromHigh ? src : dst);
        if (packet.Key.IpProto == IpProtos.Tcp)
        {
            TcpTracking.Open(connection, packet, query->FromHigh);
            CloseIfOver(connection, packet.L4, fromOpener: true);
        }

        Connection.Prolong(connection, ExpiryOf(engine, connection, nowMs));
        ConnectionTable.NoteDispensable(table, connection);
    }

    /// <summary>Notes a packet of an allowed connection: state and time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Touch(
        EngineState* engine, Connection* connection, in ParsedPacket packet, bool fromHigh, long nowMs)
    {
        ConnectionFlags before = connection->Flags;
        if (connection->IpProto == IpProtos.Tcp)
        {
            if (!TouchTcp(engine, connection, packet, fromHigh))
            {
                return;
            }
        }
        else if (fromHigh != connection->OpenedByHigh && (before & ConnectionFlags.Replied) == 0)
        {
            connection->Flags |= ConnectionFlags.Replied;
        }

        uint expiresMs = ExpiryOf(engine, connection, nowMs);
        if (connection->ExpiresMs != expiresMs)
        {
            Connection.Prolong(connection, expiresMs);
        }
    }

    /// <summary>
    /// Forgets what has timed out and judges anew what an older snapshot judged, a few slots at a time.
    /// </summary>
    /// <param name="engine">Inside a burst.</param>
    /// <param name="nowMs">The clock.</param>
    public static void Sweep(EngineState* engine, long nowMs)
    {
        ConnectionTable* table = &engine->Connections;
        long budget = nowMs - engine->SweptMs < LongestNapMs ? engine->SweepSlots : table->SlotMask + 1L;
        engine->SweptMs = nowMs;
        for (Connection* connection = ConnectionTable.NextInSweep(table, ref budget);
            connection != null;
            connection = ConnectionTable.NextInSweep(table, ref budget))
        {
            if (connection->IsExpired(nowMs))
            {
                engine->Counters->ConnectionsExpired++;
                ConnectionTable.Remove(table, connection);
            }
            else if (connection->Generation != engine->Tables->Generation)
            {
                Refresh(engine, connection, PolicyCheck.FindEnds(engine->Tables, connection->Opener));
            }
        }
    }

    private enum Judgement
    {
        Unchanged,
        Changed,
        OfGonePod,
    }

    /// <returns>False: the packet changes nothing, not even the time.</returns>
    private static bool TouchTcp(EngineState* engine, Connection* connection, in ParsedPacket packet, bool fromHigh)
    {
        bool isClosing = (connection->Flags & ConnectionFlags.Closing) == ConnectionFlags.Closing;
        if (packet.L4 == L4Kind.TcpSyn || isClosing || TcpTracking.Note(connection, packet, fromHigh))
        {
            if (packet.L4 is L4Kind.TcpReset or L4Kind.TcpFin &&
                CloseIfOver(connection, packet.L4, fromHigh == connection->OpenedByHigh) && !isClosing)
            {
                ConnectionTable.NoteDispensable(&engine->Connections, connection);
            }

            return true;
        }

        // What does not fit a connection does not end it. It keeps it: numbers may be off that nobody forged.
        engine->Counters->TcpImplausible++;
        return packet.L4 == L4Kind.TcpData;
    }

    /// <summary>Notes FIN and RST.</summary>
    /// <returns>Whether the connection is over.</returns>
    private static bool CloseIfOver(Connection* connection, L4Kind kind, bool fromOpener)
    {
        connection->Flags |= kind switch
        {
            L4Kind.TcpReset => ConnectionFlags.Closing,
            L4Kind.TcpFin => fromOpener ? ConnectionFlags.OpenerFin : ConnectionFlags.ReplierFin,
            _ => ConnectionFlags.None,
        };
        return (connection->Flags & ConnectionFlags.Closing) == ConnectionFlags.Closing;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint ExpiryOf(EngineState* engine, Connection* connection, long nowMs) =>
        unchecked((uint)(nowMs + engine->Timeouts.Of(connection->IpProto, connection->Flags)));

    /// <summary>Brings a connection up to the snapshot in force.</summary>
    /// <returns>False: an end's address has gone to another pod, and the connection is forgotten (S-b17).</returns>
    private static bool Refresh(EngineState* engine, Connection* connection, in Ends openerEnds)
    {
        switch (Judge(engine, ref *connection, openerEnds))
        {
            case Judgement.OfGonePod:
                engine->Counters->ConnectionsOfGonePods++;
                ConnectionTable.Remove(&engine->Connections, connection);
                return false;

            case Judgement.Changed:
                if (connection->IsCut)
                {
                    engine->Counters->ConnectionsCut++;
                    ConnectionTable.NoteDispensable(&engine->Connections, connection);
                }

                return true;

            default:
                return true;
        }
    }

    /// <summary>Judges a connection by the snapshot in force, in its own direction (S-b15).</summary>
    /// <remarks>
    /// Most snapshots change policy about few pods: a connection of others only takes the new generation over.
    /// </remarks>
    private static Judgement Judge(EngineState* engine, ref Connection connection, in Ends openerEnds)
    {
        ClassifierTables* tables = engine->Tables;
        bool openedByHigh = connection.OpenedByHigh;
        uint low = PolicyCheck.IdOf(tables, openedByHigh ? openerEnds.Dst : openerEnds.Src);
        uint high = PolicyCheck.IdOf(tables, openedByHigh ? openerEnds.Src : openerEnds.Dst);
        if (low != connection.LowEndpointId || high != connection.HighEndpointId)
        {
            return Judgement.OfGonePod;
        }

        bool isSame = PolicyCheck.IsUnchangedSince(tables, openerEnds, connection.Generation);
        connection.Generation = tables->Generation;
        if (isSame)
        {
            return Judgement.Unchanged;
        }

        FlowKey opener = connection.Opener;
        bool isExempt = PolicyCheck.IsExempt(tables, opener, openerEnds);
        connection.Flags = (connection.Flags & ~ConnectionFlags.Exempt) |
            (isExempt ? ConnectionFlags.Exempt : ConnectionFlags.None);
        if (engine->KeepsEstablished)
        {
            return Judgement.Unchanged;
        }

        bool isAllowed = isExempt || PolicyCheck.Evaluate(tables, opener, openerEnds) == DropReason.None;
        if (connection.IsCut != isAllowed)
        {
            return Judgement.Unchanged;
        }

        connection.Flags ^= ConnectionFlags.Cut;
        return Judgement.Changed;
    }
}
