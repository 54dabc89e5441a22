using NetPolNic.Fallback.Classifier;
using NetPolNic.Fallback.Conntrack;
using NetPolNic.Fallback.Parsing;
using NetPolNic.Fallback.Worker;

namespace NetPolNic.Fallback.Decision;

/// <summary>
/// The life of connections: a look-up brings an entry up to the snapshot in force before anyone sees it, so verdicts
/// are exact from the first packet after a change (I4). One worker's own.
/// </summary>
[HotPath]
internal sealed unsafe class ConnectionTracker : IDisposable
{
    private const int MsPerSecond = 1000;

    private readonly ConnectionTable _table;
    private readonly TimeoutTable _timeouts;
    private readonly EstablishedMode _mode;
    private readonly WorkerCounterBlock* _counters;

    public ConnectionTracker(
        ConnectionTable table, in TimeoutTable timeouts, EstablishedMode mode, WorkerCounterBlock* counters)
    {
        _table = table;
        _timeouts = timeouts;
        _mode = mode;
        _counters = counters;
    }

    /// <summary>Connections and tombstones now.</summary>
    public int Count => _table.Count;

    /// <summary>Connections and tombstones that fit.</summary>
    public int Capacity => _table.Capacity;

    /// <summary>The connection of a packet, judged by <paramref name="tables"/>, or null.</summary>
    /// <param name="tables">The snapshot in force.</param>
    /// <param name="flow">The packet's tuple.</param>
    /// <param name="kind">Tells ICMP requests from replies.</param>
    /// <param name="ends">The local ends of the tuple.</param>
    /// <param name="nowMs">The clock.</param>
    /// <param name="fromOpener">Whether the packet travels in the direction of the connection's first.</param>
    public Connection* Find(
        ClassifierTables* tables, in FlowKey flow, L4Kind kind, in Ends ends, long nowMs, out bool fromOpener)
    {
        ConnectionKey key = ConnectionKey.Of(flow, kind, out bool fromHigh);
        Connection* connection = _table.Find(key, nowMs);
        fromOpener = connection != null && fromHigh == connection->OpenedByHigh;
        if (connection != null && connection->Generation != tables->Generation &&
            !Refresh(tables, connection, fromOpener ? ends : ends.Reversed()))
        {
            fromOpener = false;
            return null;
        }

        return connection;
    }

    /// <summary>What <see cref="Find"/> would find, as a copy; changes nothing.</summary>
    /// <returns>False: nothing.</returns>
    public bool TryPeek(
        ClassifierTables* tables,
        in FlowKey flow,
        L4Kind kind,
        in Ends ends,
        long nowMs,
        out Connection connection,
        out bool fromOpener)
    {
        ConnectionKey key = ConnectionKey.Of(flow, kind, out bool fromHigh);
        Connection* found = _table.Peek(key);
        connection = found == null ? default : *found;
        fromOpener = found != null && fromHigh == connection.OpenedByHigh;
        bool lives = found != null && connection.ExpiresMs >= nowMs &&
            Judge(tables, ref connection, fromOpener ? ends : ends.Reversed()) != Judgement.OfGonePod;
        fromOpener &= lives;
        return lives;
    }

    /// <summary>Tracks an allowed connection in the direction of this packet; (re)creates what is there.</summary>
    public void Open(ClassifierTables* tables, in ParsedPacket packet, in Ends ends, Connection* existing, long nowMs)
    {
        ConnectionKey key = ConnectionKey.Of(packet.Key, packet.L4, out bool fromHigh);
        Connection* connection = existing != null ? existing : _table.Insert(key, nowMs);
        if (connection == null)
        {
            _counters->ConnectionsUntracked++;
            return;
        }

        _counters->ConnectionsOpened++;
        connection->OpenedSec = unchecked((uint)(nowMs / MsPerSecond));
        connection->State = ConnectionState.Opening;
        connection->Flags = fromHigh ? ConnectionFlags.OpenedByHigh : ConnectionFlags.None;
        connection->Generation = tables->Generation;
        connection->LowEndpointId = PolicyCheck.IdOf(tables, fromHigh ? ends.Dst : ends.Src);
        connection->HighEndpointId = PolicyCheck.IdOf(tables, fromHigh ? ends.Src : ends.Dst);
        Touch(connection, packet.L4, fromOpener: true, nowMs);
    }

    /// <summary>Notes a packet of an allowed connection: state and time.</summary>
    public void Touch(Connection* connection, L4Kind kind, bool fromOpener, long nowMs)
    {
        if (!fromOpener && connection->State == ConnectionState.Opening)
        {
            connection->State = ConnectionState.Established;
        }

        if (kind == L4Kind.TcpFin)
        {
            connection->Flags |= fromOpener ? ConnectionFlags.OpenerFin : ConnectionFlags.ReplierFin;
        }

        const ConnectionFlags BothFins = ConnectionFlags.OpenerFin | ConnectionFlags.ReplierFin;
        if (kind == L4Kind.TcpReset || (connection->Flags & BothFins) == BothFins)
        {
            connection->State = ConnectionState.Closing;
        }

        connection->ExpiresMs = nowMs + _timeouts.Of(connection->Key.IpProto, connection->State);
    }

    /// <summary>
    /// Forgets what has timed out and judges anew what an older snapshot judged, a few slots at a time.
    /// </summary>
    /// <param name="tables">The snapshot in force.</param>
    /// <param name="nowMs">The clock.</param>
    /// <param name="slots">Slots to look at.</param>
    public void Sweep(ClassifierTables* tables, long nowMs, int slots)
    {
        int budget = slots;
        for (Connection* connection = _table.NextInSweep(ref budget);
            connection != null;
            connection = _table.NextInSweep(ref budget))
        {
            if (connection->ExpiresMs < nowMs)
            {
                _counters->ConnectionsExpired++;
                _table.Remove(connection);
            }
            else if (connection->Generation != tables->Generation)
            {
                Refresh(tables, connection, PolicyCheck.FindEnds(tables, connection->Opener));
            }
        }
    }

    public void Forget() => _table.Clear();

    public void Dispose() => _table.Dispose();

    private enum Judgement
    {
        Unchanged,
        Changed,
        OfGonePod,
    }

    /// <summary>Brings a connection up to the snapshot in force.</summary>
    /// <returns>False: an end's address has gone to another pod, and the connection is forgotten (S-b17).</returns>
    private bool Refresh(ClassifierTables* tables, Connection* connection, in Ends openerEnds)
    {
        switch (Judge(tables, ref *connection, openerEnds))
        {
            case Judgement.OfGonePod:
                _counters->ConnectionsOfGonePods++;
                _table.Remove(connection);
                return false;

            case Judgement.Changed:
                _counters->ConnectionsCut += connection->IsCut ? 1UL : 0UL;
                return true;

            default:
                return true;
        }
    }

    /// <summary>Judges a connection by the snapshot in force, in its own direction (S-b15).</summary>
    /// <remarks>
    /// Most snapshots change policy about few pods: a connection of others only takes the new generation over.
    /// </remarks>
    private Judgement Judge(ClassifierTables* tables, ref Connection connection, in Ends openerEnds)
    {
        bool openedByHigh = connection.OpenedByHigh;
        uint low = PolicyCheck.IdOf(tables, openedByHigh ? openerEnds.Dst : openerEnds.Src);
        uint high = PolicyCheck.IdOf(tables, openedByHigh ? openerEnds.Src : openerEnds.Dst);
        if (low != connection.LowEndpointId || high != connection.HighEndpointId)
        {
            return Judgement.OfGonePod;
        }

        bool stands = _mode == EstablishedMode.Keep ||
            PolicyCheck.IsUnchangedSince(tables, openerEnds, connection.Generation);
        connection.Generation = tables->Generation;
        if (stands || connection.IsCut != PolicyCheck.Allows(tables, connection.Opener, openerEnds))
        {
            return Judgement.Unchanged;
        }

        connection.Flags ^= ConnectionFlags.Cut;
        return Judgement.Changed;
    }
}
