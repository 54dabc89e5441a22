using System.Runtime.CompilerServices;
using NetPolNic.Fallback.Classifier;
using NetPolNic.Fallback.Conntrack;
using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Parsing;

namespace NetPolNic.Fallback.Switching;

/// <summary>
/// The short way of a plain packet whose connection stands, whose sender is where it was last heard, and whose receiver is
/// a known station: decided by the connection's own line and the two stations' entries; and of one that policy has denied
/// before. It decides as <see cref="BurstPipeline"/> does, which takes all others.
/// </summary>
[HotPath]
internal static unsafe class ExpressLane
{
    /// <summary>Port to send a packet by, where that takes no second look at anything.</summary>
    /// <param name="burst">The packet's.</param>
    /// <param name="packet">Plain.</param>
    /// <param name="frame">The packet's first byte.</param>
    /// <returns>
    /// Index of the port, everything noted but the counters; -1: nothing is noted, and <see cref="TryForward"/> knows more.
    /// </returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int TryForwardStraight(ExpressBurst* burst, ExpressPacket* packet, byte* frame) =>
        Forward<Straight>(burst, packet, frame);

    /// <summary>Port to send a packet by.</summary>
    /// <returns>Index of the port, everything noted but the counters; -1: nothing is noted, and it goes the long way.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int TryForward(ExpressBurst* burst, ExpressPacket* packet, byte* frame) =>
        Forward<Thorough>(burst, packet, frame);

    /// <summary>
    /// Port to send a packet by whose connection is at home, and whose stations were looked up for it a moment ago.
    /// </summary>
    /// <param name="burst">The packet's.</param>
    /// <param name="packet"><see cref="ExpressPacket.IsUsualV4"/>.</param>
    /// <param name="frame">The packet's first byte.</param>
    /// <returns>
    /// Index of the port, everything noted but the counters; -1: nothing is noted, and <see cref="TryForward"/> knows more.
    /// </returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int TryForwardTrodden(ExpressBurst* burst, ExpressPacket* packet, byte* frame)
    {
        Connection* connection = burst->Slots + packet->Home;
        bool isTcp = packet->Query.Key.IpProto == IpProtos.Tcp;
        uint outPort = StationPath.OutPort(&connection->Path, frame, packet->From, burst->WayIn);
        if (!Connection.HoldsStandingV4(connection, &packet->Query.Key) || outPort > byte.MaxValue ||
            unchecked((int)(connection->ExpiresMs - (isTcp ? burst->FreshTcpMs : burst->FreshUdpMs))) < 0 ||
            (connection->Generation != burst->Generation && !TryTakeOverStraight(burst, connection)))
        {
            return -1;
        }

        if (isTcp && !TcpTracking.NoteData(connection, frame + ExpressPacket.UsualV4L4Offset, (int)packet->From))
        {
            burst->Engine->Counters->TcpImplausible++;
        }

        return (int)outPort;
    }

    // One text for both. The straight one calls nothing, so that a loop around it keeps all that it needs in registers.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Forward<TCare>(ExpressBurst* burst, ExpressPacket* packet, byte* frame)
        where TCare : struct
    {
        bool isThorough = typeof(TCare) == typeof(Thorough);
        Connection* connection = burst->Slots + packet->Home;
        if (!Connection.HoldsStanding(connection, &packet->Query.Key))
        {
            connection = isThorough ? FindFar(burst, connection, packet) : null;
            if (connection == null)
            {
                return -1;
            }
        }

        MacTable* stations = burst->Stations;
        ulong tag = MacTable.TagOf(packet->VlanId);
        ulong senderKey = MacTable.KeyAt(frame + 6, tag);
        MacEntry* sender = isThorough ? stations->Find(senderKey) : stations->BucketOf(senderKey);
        ulong receiverKey = MacTable.KeyAt(frame, tag);
        MacEntry* receiver = isThorough ? stations->Find(receiverKey) : stations->BucketOf(receiverKey);
        if (isThorough ? sender == null || receiver == null : sender->Key != senderKey || receiver->Key != receiverKey)
        {
            return -1;
        }

        uint nowMs = burst->NowMs;
        int shift = packet->SourceIdShift;
        uint source = connection->IdAt(shift);
        if (sender->Place != (burst->InPlace | source) || stations->IsAged(receiver, nowMs) ||
            (source == 0 && burst->IsForPods))
        {
            return -1;
        }

        int outPort = receiver->Port;
        ulong closed = connection->IdAt(Connection.IdBits - shift) == 0
            ? burst->ClosedPorts | burst->PodPorts
            : burst->ClosedPorts;
        if ((closed >> outPort & 1) != 0 ||
            (connection->Generation != burst->Generation &&
                !(isThorough ? TryTakeOver(burst, connection) : TryTakeOverStraight(burst, connection))))
        {
            return -1;
        }

        bool isTcp = connection->IpProto == IpProtos.Tcp;
        uint lastsMs = isTcp ? burst->TcpMs : burst->UdpMs;
        int leftMs = unchecked((int)(connection->ExpiresMs - nowMs));
        if (leftMs < unchecked((int)lastsMs))
        {
            if (leftMs < 0)
            {
                return -1;
            }

            Connection.Prolong(connection, unchecked(nowMs + lastsMs + burst->GrainMs));
        }

        if (!TryHear(burst, sender))
        {
            return -1;
        }

        if (isTcp && !TcpTracking.NoteData(connection, frame + packet->L4Offset, (int)packet->From))
        {
            burst->Engine->Counters->TcpImplausible++;
        }

        if (packet->IsUsualV4)
        {
            StationPath.Note(&connection->Path, frame, packet->From, burst->WayIn, outPort);
        }

        return outPort;
    }

    /// <summary>Brings a connection up to the snapshot in force where nothing has changed for it, as most snapshots are.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool TryTakeOver(ExpressBurst* burst, Connection* connection)
    {
        bool isSame = Lookup.IsUnchangedSince(
            burst->Engine->Tables, connection->LowEndpointId, connection->HighEndpointId, connection->Generation);
        connection->Generation = isSame ? burst->Generation : connection->Generation;
        return isSame;
    }

    /// <summary>The same, as far as it is seen at once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryTakeOverStraight(ExpressBurst* burst, Connection* connection)
    {
        if (!Lookup.IsSurelyUnchangedSince(
            burst->Tables, connection->LowEndpointId, connection->HighEndpointId, connection->Generation))
        {
            return false;
        }

        connection->Generation = burst->Generation;
        return true;
    }

    /// <summary>Why a packet without a connection is dropped by policy, if that is known already.</summary>
    /// <param name="burst">The packet's.</param>
    /// <param name="packet">Plain or opening.</param>
    /// <param name="frame">The packet's first byte.</param>
    /// <returns>The reason, everything noted but the counters; none: nothing is noted, and it goes the long way.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DropReason TryDeny(ExpressBurst* burst, ExpressPacket* packet, byte* frame)
    {
        Connection* home = burst->Slots + packet->Home;
        if (!Connection.HoldsDenial(home, &packet->Query) ||
            (home->Neighbours != 0 && ConnectionTable.FindUnlikely(&burst->Engine->Connections, &packet->Query) != null))
        {
            return DropReason.None;
        }

        MacEntry* sender = burst->Stations->Find(MacTable.KeyAt(frame + 6, packet->VlanId));
        return sender != null && sender->Place == (burst->InPlace | home->IdAt(packet->SourceIdShift)) &&
            (home->Generation == burst->Generation || TryTakeOver(burst, home)) && TryHear(burst, sender)
            ? home->DeniedBy
            : DropReason.None;
    }

    /// <summary>Notes that a station was heard, unless others are to be told.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryHear(ExpressBurst* burst, MacEntry* sender)
    {
        if (unchecked(burst->NowMs - sender->SeenMs) > burst->GrainMs)
        {
            if (burst->State->HasPeers)
            {
                return false;
            }

            sender->SeenMs = burst->NowMs;
        }

        return true;
    }

    /// <summary>
    /// Brings near the connections of packets that do not stand at home, but for those in a second group. Their homes are near.
    /// </summary>
    /// <param name="burst">The packets'.</param>
    /// <param name="packets">The first.</param>
    /// <param name="count">How many there are.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void PrefetchFar(ExpressBurst* burst, ExpressPacket* packets, int count)
    {
        for (ExpressPacket* packet = packets; packet < packets + count; packet++)
        {
            Connection* home = burst->Slots + packet->Home;
            if (packet->Kind == ExpressKind.Plain && home->Neighbours != 0 && !Connection.Holds(home, &packet->Query.Key))
            {
                ConnectionTable.PrefetchAround(burst->Slots, packet->Home, home->Neighbours);
            }
        }
    }

    /// <summary>A connection that stands away from its home, or null.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Connection* FindFar(ExpressBurst* burst, Connection* home, ExpressPacket* packet)
    {
        Connection* found = home->Neighbours == 0 || Connection.Holds(home, &packet->Query.Key)
            ? null
            : ConnectionTable.Find(&burst->Engine->Connections, &packet->Query);
        return found != null && Connection.HoldsStanding(found, &packet->Query.Key) ? found : null;
    }

    private readonly struct Straight;

    private readonly struct Thorough;
}
