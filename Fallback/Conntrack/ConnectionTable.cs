using System.Diagnostics;
using System.Numerics;
using System.Runtime.Intrinsics;
using NetPolNic.Fallback.Worker;

namespace NetPolNic.Fallback.Conntrack;

/// <summary>
/// Tracked connections in native memory: buckets of eight, two candidate buckets per key, a 16-bit tag per slot so that
/// a look-up touches only the line it wants. Fixed size. One worker's own; no locks.
/// </summary>
[HotPath]
internal sealed unsafe class ConnectionTable : IDisposable
{
    private const int Ways = 8;

    private readonly NativeBlock<ushort> _tags;
    private readonly NativeBlock<Connection> _slots;
    private readonly WorkerCounterBlock* _counters;
    private readonly ulong _seed;
    private readonly uint _bucketMask;
    private int _sweepAt;

    /// <summary>Makes an empty table.</summary>
    /// <param name="capacity">Connections; rounded up to a power of two, at least 16.</param>
    /// <param name="seed">Random, so that nobody can aim at a bucket.</param>
    /// <param name="counters">The worker's counters.</param>
    public ConnectionTable(int capacity, ulong seed, WorkerCounterBlock* counters)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        int slots = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(capacity, 2 * Ways));
        _tags = new NativeBlock<ushort>(slots);
        _slots = new NativeBlock<Connection>(slots);
        _bucketMask = ((uint)slots / Ways) - 1;
        _seed = seed;
        _counters = counters;
    }

    /// <summary>Connections that fit.</summary>
    public int Capacity => _slots.Length;

    /// <summary>Connections and tombstones now.</summary>
    public int Count { get; private set; }

    /// <summary>The connection of a key, or null. One that has timed out is forgotten.</summary>
    public Connection* Find(in ConnectionKey key, long nowMs)
    {
        Connection* found = Peek(key);
        if (found != null && found->ExpiresMs < nowMs)
        {
            _counters->ConnectionsExpired++;
            Remove(found);
            return null;
        }

        return found;
    }

    /// <summary>The connection of a key, timed out or not, or null. Changes nothing.</summary>
    public Connection* Peek(in ConnectionKey key)
    {
        ulong hash = key.Hash(_seed);
        Connection* found = FindIn(FirstBucket(hash), Tag(hash), key);
        return found != null ? found : FindIn(SecondBucket(hash), Tag(hash), key);
    }

    /// <summary>Takes a slot for a key that is not in the table.</summary>
    /// <returns>
    /// The slot, cleared but for its key and state; null where every candidate is an established connection.
    /// </returns>
    public Connection* Insert(in ConnectionKey key, long nowMs)
    {
        ulong hash = key.Hash(_seed);
        uint first = FirstBucket(hash);
        uint second = SecondBucket(hash);
        int slot = FreeSlot(first, second);
        if (slot < 0)
        {
            slot = Evict(first, second, nowMs);
            if (slot < 0)
            {
                return null;
            }
        }

        _tags.Pointer[slot] = Tag(hash);
        Connection* connection = _slots.Pointer + slot;
        *connection = default;
        connection->Key = key;
        connection->State = ConnectionState.Opening;
        Count++;
        return connection;
    }

    /// <summary>Frees a slot.</summary>
    public void Remove(Connection* connection)
    {
        Debug.Assert(connection->State != ConnectionState.Free, "a free slot cannot be freed");
        _tags.Pointer[connection - _slots.Pointer] = 0;
        connection->State = ConnectionState.Free;
        Count--;
    }

    /// <summary>The next used slot of the sweep, which goes round the table for ever.</summary>
    /// <param name="budget">Slots to look at; reduced by those that were.</param>
    /// <returns>Null once the budget is used up.</returns>
    public Connection* NextInSweep(ref int budget)
    {
        while (budget > 0)
        {
            budget--;
            int slot = _sweepAt;
            _sweepAt = (_sweepAt + 1) & (_slots.Length - 1);
            if (_tags.Pointer[slot] != 0)
            {
                return _slots.Pointer + slot;
            }
        }

        return null;
    }

    public void Clear()
    {
        _tags.Clear();
        _slots.Clear();
        Count = 0;
    }

    public void Dispose()
    {
        _tags.Dispose();
        _slots.Dispose();
    }

    private static ushort Tag(ulong hash) => unchecked((ushort)((hash >> 48) | 1));

    private uint FirstBucket(ulong hash) => unchecked((uint)hash) & _bucketMask;

    private uint SecondBucket(ulong hash) => FirstBucket(hash) ^ ((unchecked((uint)(hash >> 24)) | 1) & _bucketMask);

    private Connection* FindIn(uint bucket, ushort tag, in ConnectionKey key)
    {
        uint matches = Matches(bucket, tag);
        while (matches != 0)
        {
            int way = BitOperations.TrailingZeroCount(matches);
            Connection* connection = _slots.Pointer + (bucket * Ways) + way;
            if (connection->Key.Matches(key))
            {
                return connection;
            }

            matches &= matches - 1;
        }

        return null;
    }

    private uint Matches(uint bucket, ushort tag) =>
        Vector128.Equals(Vector128.Load(_tags.Pointer + (bucket * Ways)), Vector128.Create(tag))
            .ExtractMostSignificantBits();

    /// <summary>A free slot of the emptier bucket, or -1.</summary>
    private int FreeSlot(uint first, uint second)
    {
        uint freeInFirst = Matches(first, 0);
        uint freeInSecond = Matches(second, 0);
        if ((freeInFirst | freeInSecond) == 0)
        {
            return -1;
        }

        bool takeFirst = BitOperations.PopCount(freeInFirst) >= BitOperations.PopCount(freeInSecond);
        uint bucket = takeFirst ? first : second;
        return (int)(bucket * Ways) + BitOperations.TrailingZeroCount(takeFirst ? freeInFirst : freeInSecond);
    }

    /// <summary>
    /// Frees the least valuable slot of two full buckets: expired, closing, half-open, cut; oldest first. Nothing that
    /// is lost this way opens a way in: its packets are judged as new.
    /// </summary>
    private int Evict(uint first, uint second, long nowMs)
    {
        int victim = -1;
        int victimRank = int.MaxValue;
        long victimExpiresMs = long.MaxValue;
        for (int i = 0; i < 2 * Ways; i++)
        {
            int slot = (int)((i < Ways ? first : second) * Ways) + (i & (Ways - 1));
            Connection* connection = _slots.Pointer + slot;
            int rank = Rank(connection, nowMs);
            if (rank < victimRank || (rank == victimRank && connection->ExpiresMs < victimExpiresMs))
            {
                victim = slot;
                victimRank = rank;
                victimExpiresMs = connection->ExpiresMs;
            }
        }

        if (victimRank == RankNever)
        {
            return -1;
        }

        if (victimRank != RankExpired)
        {
            _counters->ConnectionsEvicted++;
        }

        Remove(_slots.Pointer + victim);
        return victim;
    }

    private const int RankExpired = 0;
    private const int RankNever = 4;

    private static int Rank(Connection* connection, long nowMs)
    {
        if (connection->ExpiresMs < nowMs)
        {
            return RankExpired;
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
