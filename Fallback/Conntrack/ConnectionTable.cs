using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Worker;

namespace NetPolNic.Fallback.Conntrack;

/// <summary>
/// Tracked connections in native memory. A key has a home slot; where that is taken, the connection stands in the group
/// of sixteen around it, else around a second one, and the home says where to look. So both a hit and a miss read one
/// cache line as a rule. At most half of the slots are used. Fixed size; one worker's own; no locks.
/// </summary>
/// <remarks>Blittable; <see cref="ConnectionMemory"/> owns what it points to.</remarks>
[HotPath]
internal unsafe partial struct ConnectionTable
{
    /// <summary>Slots among which a connection may stand around one home.</summary>
    public const uint GroupSlots = 16;

    private const ushort SecondGroup = 1;

    private const uint None = uint.MaxValue;

    // Of a slot's key word, what stays when it becomes free.
    private const ulong NeighboursOnly = 0xffff_0000_0000_0000;

    public Connection* Slots;

    /// <summary>What is seldom needed of each slot's connection.</summary>
    public ConnectionStamp* Stamps;

    /// <summary>A byte for each slot: 0 where it is free, else <see cref="TagOf"/> of what stands in it.</summary>
    public byte* Tags;

    /// <summary>The order in which connections came to be dispensable; entries may be out of date.</summary>
    public DispensableSlot* Queue;

    public WorkerCounterBlock* Counters;

    public PodQuota Quota;

    public ulong Seed;

    /// <summary>Of the seed, as <see cref="Hashing.LeftSeed"/> and <see cref="Hashing.RightSeed"/> make it.</summary>
    public ulong LeftSeed;

    /// <summary>See <see cref="LeftSeed"/>.</summary>
    public ulong RightSeed;

    /// <summary>Slots - 1, a power of two less one.</summary>
    public uint SlotMask;

    public uint QueueMask;

    /// <summary>Connections that fit.</summary>
    public int Capacity;

    /// <summary>Connections now.</summary>
    public int Count;

    private uint _sweepAt;
    private uint _queueHead;
    private uint _queueTail;
    private uint _serial;

    /// <summary>The connection of a key, timed out or not, or null. Changes nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Connection* Find(ConnectionTable* table, ConnectionQuery* query)
    {
        Connection* home = table->Slots + HomeOf(table, query->Hash);
        if (Connection.Holds(home, &query->Key))
        {
            return home;
        }

        return home->Neighbours == 0 ? null : FindFar(table, query);
    }

    /// <summary>The same where there is none as a rule: one away from home is not looked at unless its tag fits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Connection* FindUnlikely(ConnectionTable* table, ConnectionQuery* query)
    {
        Connection* home = table->Slots + HomeOf(table, query->Hash);
        return home->Neighbours == 0 && !Connection.Holds(home, &query->Key) ? null : FindByTag(table, query);
    }

    /// <summary>Has the line that a query reads first brought near.</summary>
    /// <returns>Index of the slot where the connection is at home.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Prefetch(ConnectionTable* table, ConnectionQuery* query)
    {
        uint home = HomeOf(table, query->Hash);
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(table->Slots + home);
        }

        return home;
    }

    /// <summary>Has what stands around a home brought near.</summary>
    /// <param name="slots">Of the table.</param>
    /// <param name="home">Index of the slot.</param>
    /// <param name="neighbours">Its.</param>
    public static void PrefetchAround(Connection* slots, uint home, uint neighbours)
    {
        for (uint left = neighbours & ~(uint)SecondGroup; left != 0 && Sse.IsSupported; left &= left - 1)
        {
            Sse.Prefetch0(slots + (home ^ (uint)BitOperations.TrailingZeroCount(left)));
        }
    }

    /// <summary>Has what <see cref="PrefetchInsert"/> reads brought near.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PrefetchTags(ConnectionTable* table, ConnectionQuery* query)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(table->Tags + HomeOf(table, query->Hash));
        }
    }

    /// <summary>Has what an insertion reads next brought near. The line of the home is near already.</summary>
    public static void PrefetchInsert(ConnectionTable* table, ConnectionQuery* query)
    {
        uint home = HomeOf(table, query->Hash);
        if (!Sse.IsSupported)
        {
            return;
        }

        uint next = FreeAround(table, home);
        next = next == None ? home : next;
        Sse.Prefetch0(table->Stamps + next);
        Sse.Prefetch0(table->Slots + next);
    }

    /// <summary>
    /// Takes a slot for a key that is not in the table, for a connection that is charged to an endpoint. In a full table
    /// the oldest dispensable connection makes room; an endpoint with its fill of connections makes room itself.
    /// </summary>
    /// <returns>
    /// The slot, cleared but for its key and the endpoint it is charged to, in <see cref="ConnectionState.Opening"/>;
    /// null where only established connections could make room.
    /// </returns>
    public static Connection* Insert(ConnectionTable* table, ConnectionQuery* query, uint chargedTo, long nowMs)
    {
        uint home = HomeOf(table, query->Hash);
        uint second = SecondHome(table, query->Hash);
        if (!table->Quota.HasRoom(chargedTo) && !EvictNear(table, home, second, chargedTo, nowMs))
        {
            table->Counters->ConnectionsOverQuota++;
            return null;
        }

        if (table->Count > table->Capacity - (table->Capacity >> 2))
        {
            ForgetOutdated(table, nowMs);
        }

        if (table->Count >= table->Capacity && !EvictOldest(table, nowMs) && !EvictNear(table, home, second, 0, nowMs))
        {
            return null;
        }

        Connection* slot = TakeSlot(table, query->Hash);
        if (slot == null)
        {
            bool hasRoom = MoveAway(table, home, nowMs) || MoveAway(table, second, nowMs) ||
                EvictNear(table, home, second, 0, nowMs);
            slot = hasRoom ? TakeSlot(table, query->Hash) : null;
            if (slot == null)
            {
                return null;
            }
        }

        ushort neighbours = slot->Neighbours;
        *slot = default;
        *(ConnectionKey*)slot = query->Key; // The version's bits are the flags of a used slot.
        slot->Neighbours = neighbours;
        table->Count++;
        table->Quota.Charge(chargedTo);
        ConnectionStamp* stamp = table->Stamps + (slot - table->Slots);
        stamp->ChargedTo = chargedTo;
        stamp->Serial = table->_serial = unchecked(table->_serial + 1);
        return slot;
    }

    /// <summary>Notes at the home of a tuple, where that is free, that policy denied a packet of it.</summary>
    /// <remarks>Parameters as for <see cref="Connection.NoteDenial"/>.</remarks>
    public static void NoteDenial(
        ConnectionTable* table, ConnectionQuery* query, uint generation, uint srcId, uint dstId, DropReason reason)
    {
        Connection* home = table->Slots + HomeOf(table, query->Hash);
        if (!home->IsUsed)
        {
            Connection.NoteDenial(home, query, generation, srcId, dstId, reason);
        }
    }

    /// <summary>Notes that a connection may make room from now on: it is half-open, closing or cut.</summary>
    public static void NoteDispensable(ConnectionTable* table, Connection* connection)
    {
        uint slot = unchecked((uint)(connection - table->Slots));
        if (unchecked(table->_queueTail - table->_queueHead) > table->QueueMask)
        {
            // The oldest entry goes. It is out of date, or its connection is found among its neighbours in need.
            table->_queueHead = unchecked(table->_queueHead + 1);
        }

        table->Queue[table->_queueTail & table->QueueMask] = new DispensableSlot
        {
            Slot = slot,
            Serial = table->Stamps[slot].Serial,
        };
        table->_queueTail = unchecked(table->_queueTail + 1);
    }

    /// <summary>Frees a slot.</summary>
    public static void Remove(ConnectionTable* table, Connection* connection)
    {
        Debug.Assert(connection->IsUsed, "a free slot cannot be freed");
        uint slot = unchecked((uint)(connection - table->Slots));
        uint home = table->Stamps[slot].Home;
        uint away = slot ^ home;
        if (away != 0)
        {
            table->Slots[home].Neighbours &= unchecked((ushort)~(1u << (int)away));
        }

        connection->KeyWord &= NeighboursOnly;
        NoteFree(table, slot);
        table->Count--;
        table->Quota.Release(table->Stamps[slot].ChargedTo);
    }

    /// <summary>The next used slot of the sweep, which goes round the table for ever.</summary>
    /// <param name="table">The table.</param>
    /// <param name="budget">Slots to look at; reduced by those that were.</param>
    /// <returns>Null once the budget is used up.</returns>
    public static Connection* NextInSweep(ConnectionTable* table, ref long budget)
    {
        while (budget > 0)
        {
            budget--;
            Connection* slot = table->Slots + table->_sweepAt;
            table->_sweepAt = unchecked(table->_sweepAt + 1) & table->SlotMask;
            if (slot->IsUsed)
            {
                return slot;
            }
        }

        return null;
    }

    /// <summary>Forgets the order of dispensable connections; the owner has cleared the slots.</summary>
    public void Reset()
    {
        Count = 0;
        _queueHead = 0;
        _queueTail = 0;
        Quota.Clear();
    }

    // Neither home comes from these bits.
    private static byte TagOf(ulong hash) => (byte)((hash >> 56) | 0x80);

    private static uint HomeOf(ConnectionTable* table, ulong hash) => unchecked((uint)hash) & table->SlotMask;

    /// <summary>Another slot than the first home's group has, or itself where there is one group only.</summary>
    private static uint SecondHome(ConnectionTable* table, ulong hash)
    {
        uint home = HomeOf(table, hash);
        uint other = (unchecked((uint)(hash >> 32)) | GroupSlots) & table->SlotMask;
        return home ^ other;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Connection* FindFar(ConnectionTable* table, ConnectionQuery* query)
    {
        uint home = HomeOf(table, query->Hash);
        uint neighbours = table->Slots[home].Neighbours;
        Connection* found = FindAmong(table, query, home, neighbours);
        if (found != null || (neighbours & SecondGroup) == 0)
        {
            return found;
        }

        uint second = SecondHome(table, query->Hash);
        Connection* slot = table->Slots + second;
        return Connection.Holds(slot, &query->Key) ? slot : FindAmong(table, query, second, slot->Neighbours);
    }

    private static Connection* FindAmong(ConnectionTable* table, ConnectionQuery* query, uint home, uint neighbours)
    {
        for (uint left = neighbours & ~(uint)SecondGroup; left != 0; left &= left - 1)
        {
            Connection* slot = table->Slots + (home ^ (uint)BitOperations.TrailingZeroCount(left));
            if (Connection.Holds(slot, &query->Key))
            {
                return slot;
            }
        }

        return null;
    }

    /// <summary>The connection of a query by the tags of both groups, or null.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Connection* FindByTag(ConnectionTable* table, ConnectionQuery* query)
    {
        uint home = HomeOf(table, query->Hash);
        Connection* found = FindInGroup(table, query, home);
        return found != null || (table->Slots[home].Neighbours & SecondGroup) == 0
            ? found
            : FindInGroup(table, query, SecondHome(table, query->Hash));
    }

    private static Connection* FindInGroup(ConnectionTable* table, ConnectionQuery* query, uint home)
    {
        uint first = home & ~(GroupSlots - 1);
        Vector128<byte> tags = Vector128.Load(table->Tags + first);
        uint fitting = Vector128.Equals(tags, Vector128.Create(TagOf(query->Hash))).ExtractMostSignificantBits();
        for (; fitting != 0; fitting &= fitting - 1)
        {
            Connection* slot = table->Slots + (first | (uint)BitOperations.TrailingZeroCount(fitting));
            if (Connection.Holds(slot, &query->Key))
            {
                return slot;
            }
        }

        return null;
    }

    /// <summary>A free slot around either home of a hash, which is told; or null.</summary>
    private static Connection* TakeSlot(ConnectionTable* table, ulong hash)
    {
        uint home = HomeOf(table, hash);
        uint second = SecondHome(table, hash);
        Connection* slot = TakeAround(table, home, TagOf(hash));
        if (slot == null && second >> 4 != home >> 4)
        {
            slot = TakeAround(table, second, TagOf(hash));
            if (slot != null)
            {
                table->Slots[home].Neighbours |= SecondGroup;
            }
        }

        return slot;
    }

    /// <summary>Moves one connection of a full group to the group of its second home.</summary>
    /// <returns>Whether the group has a free slot now.</returns>
    private static bool MoveAway(ConnectionTable* table, uint crowded, long nowMs)
    {
        for (uint away = 0; away < GroupSlots; away++)
        {
            uint from = crowded ^ away;
            Connection* connection = table->Slots + from;
            ulong hash = connection->Key.Hash(table->Seed);
            uint home = HomeOf(table, hash);
            uint second = SecondHome(table, hash);
            bool canMove = (from ^ home) < GroupSlots && (from ^ second) >= GroupSlots;
            Connection* to = canMove ? TakeAround(table, second, TagOf(hash)) : null;
            if (to == null)
            {
                continue;
            }

            ushort neighbours = to->Neighbours;
            *to = *connection;
            to->Neighbours = neighbours;
            table->Stamps[to - table->Slots] = table->Stamps[from] with { Home = second };
            table->Slots[home].Neighbours &= unchecked((ushort)~(from == home ? 0u : 1u << (int)(from ^ home)));
            table->Slots[home].Neighbours |= SecondGroup;
            connection->KeyWord &= NeighboursOnly;
            NoteFree(table, from);
            if (Rank(to, nowMs) != RankNever)
            {
                NoteDispensable(table, to);
            }

            return true;
        }

        return false;
    }

    /// <summary>The home, else a free slot of its group, which its home is told, for a connection that is put there; or null.</summary>
    private static Connection* TakeAround(ConnectionTable* table, uint home, byte tag)
    {
        uint slot = FreeAround(table, home);
        if (slot == None)
        {
            return null;
        }

        if (slot != home)
        {
            table->Slots[home].Neighbours |= (ushort)(1u << (int)(slot ^ home));
        }

        table->Tags[slot] = tag;
        table->Stamps[slot].Home = home;
        Debug.Assert(!table->Slots[slot].IsUsed, "a slot is free where its tag says so");
        return table->Slots + slot;
    }

    /// <summary>Index of the home, else of a free slot of its group, or <see cref="None"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint FreeAround(ConnectionTable* table, uint home)
    {
        if (table->Tags[home] == 0)
        {
            return home;
        }

        uint first = home & ~(GroupSlots - 1);
        uint free = Vector128.Equals(Vector128.Load(table->Tags + first), Vector128<byte>.Zero).ExtractMostSignificantBits();
        return free == 0 ? None : first | (uint)BitOperations.TrailingZeroCount(free);
    }

    private static void NoteFree(ConnectionTable* table, uint slot) => table->Tags[slot] = 0;
}
