using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace NetPolNic.Fallback.Conntrack;

/// <content>What makes room in a full table, and which connections go first.</content>
internal unsafe partial struct ConnectionTable
{
    // Bounds what one insertion into a full table can cost.
    private const int MaxQueueSteps = 32;

    private const int RankNever = 4;

    /// <summary>
    /// Takes entries that are out of date from the front of the queue before the table is full, faster than they come in.
    /// </summary>
    private static void ForgetOutdated(ConnectionTable* table, long nowMs)
    {
        const int Steps = 4;
        for (int step = 0; step < Steps && table->_queueHead != table->_queueTail; step++)
        {
            if (IsDispensable(table, table->Queue + (table->_queueHead & table->QueueMask), nowMs))
            {
                return;
            }

            PassHead(table);
        }
    }

    /// <summary>Goes on to the next entry of the queue; what will be looked at a few steps later is brought near.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PassHead(ConnectionTable* table)
    {
        const uint FarAhead = 8;
        const uint Ahead = 4;
        uint head = table->_queueHead = unchecked(table->_queueHead + 1);
        if (Sse.IsSupported)
        {
            // Whatever stands in the queue there is a slot of the table.
            uint slot = table->Queue[unchecked(head + FarAhead) & table->QueueMask].Slot;
            Sse.Prefetch0(table->Slots + slot);
            Sse.Prefetch0(table->Stamps + slot);
            uint next = table->Queue[unchecked(head + Ahead) & table->QueueMask].Slot;
            Sse.Prefetch0(table->Slots + table->Stamps[next].Home);
        }
    }

    private static bool IsDispensable(ConnectionTable* table, DispensableSlot* entry, long nowMs)
    {
        Connection* connection = table->Slots + entry->Slot;
        return connection->IsUsed && table->Stamps[entry->Slot].Serial == entry->Serial &&
            Rank(connection, nowMs) != RankNever;
    }

    /// <summary>Frees the connection that has been dispensable longest.</summary>
    private static bool EvictOldest(ConnectionTable* table, long nowMs)
    {
        for (int step = 0; step < MaxQueueSteps && table->_queueHead != table->_queueTail; step++)
        {
            DispensableSlot* entry = table->Queue + (table->_queueHead & table->QueueMask);
            PassHead(table);
            if (IsDispensable(table, entry, nowMs))
            {
                Evict(table, table->Slots + entry->Slot, nowMs);
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Frees the least valuable slot around two homes: expired, closing, half-open, cut; the one silent longest first.
    /// Nothing that is lost this way opens a way in: its packets are judged as new.
    /// </summary>
    /// <param name="table">The table.</param>
    /// <param name="home">First home.</param>
    /// <param name="second">Second home.</param>
    /// <param name="chargedTo">Only connections charged to this endpoint; 0: any.</param>
    /// <param name="nowMs">The clock.</param>
    private static bool EvictNear(ConnectionTable* table, uint home, uint second, uint chargedTo, long nowMs)
    {
        Connection* victim = null;
        int victimRank = RankNever;
        for (uint i = 0; i < 2 * GroupSlots; i++)
        {
            uint at = i < GroupSlots ? home ^ i : second ^ (i - GroupSlots);
            Connection* connection = table->Slots + at;
            if (!connection->IsUsed || (chargedTo != 0 && table->Stamps[at].ChargedTo != chargedTo))
            {
                continue;
            }

            int rank = Rank(connection, nowMs);
            bool isOlder = victim != null && unchecked((int)(connection->ExpiresMs - victim->ExpiresMs)) < 0;
            if (rank < victimRank || (rank == victimRank && isOlder))
            {
                victim = connection;
                victimRank = rank;
            }
        }

        if (victim != null)
        {
            Evict(table, victim, nowMs);
        }

        return victim != null;
    }

    private static void Evict(ConnectionTable* table, Connection* connection, long nowMs)
    {
        bool isExpired = connection->IsExpired(nowMs);
        table->Counters->ConnectionsExpired += isExpired ? 1UL : 0UL;
        table->Counters->ConnectionsEvicted += isExpired ? 0UL : 1UL;
        Remove(table, connection);
    }

    private static int Rank(Connection* connection, long nowMs)
    {
        if (connection->IsExpired(nowMs))
        {
            return 0;
        }

        if (connection->IsCut)
        {
            return 3;
        }

        return connection->State switch
        {
            ConnectionState.Closing => 1,
            ConnectionState.Opening => 2,
            _ => RankNever,
        };
    }
}
