using System.Numerics;

namespace NetPolNic.Fallback.Switching;

/// <summary>
/// Number → number with an age, in native memory: buckets of four, fixed size; the entry that was silent longest makes
/// room. One worker's own.
/// </summary>
[HotPath]
internal sealed unsafe class AgedTable : IDisposable
{
    private const int Ways = 4;

    private readonly NativeBlock<Entry> _entries;
    private readonly ulong _seed;
    private readonly uint _bucketMask;
    private readonly long _ageMs;

    /// <param name="capacity">Entries; rounded up to a power of two.</param>
    /// <param name="ageMs">How long an entry lives after it was last set.</param>
    /// <param name="seed">Random, so that nobody can aim at a bucket.</param>
    public AgedTable(int capacity, long ageMs, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ageMs);
        int entries = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(capacity, Ways));
        _entries = new NativeBlock<Entry>(entries);
        _bucketMask = ((uint)entries / Ways) - 1;
        _ageMs = ageMs;
        _seed = seed;
    }

    /// <summary>The value of a key that was set in time.</summary>
    public bool TryGet(ulong key, long nowMs, out ulong value)
    {
        Entry* bucket = BucketOf(key);
        for (int way = 0; way < Ways; way++)
        {
            if (bucket[way].Key == key && bucket[way].IsUsed != 0 && bucket[way].SetMs + _ageMs >= nowMs)
            {
                value = bucket[way].Value;
                return true;
            }
        }

        value = 0;
        return false;
    }

    /// <summary>Sets a key's value and renews it.</summary>
    /// <returns>False: another entry that was still good made room.</returns>
    public bool Set(ulong key, ulong value, long nowMs)
    {
        Entry* bucket = BucketOf(key);
        Entry* target = bucket;
        for (int way = 0; way < Ways; way++)
        {
            Entry* entry = bucket + way;
            if (entry->IsUsed != 0 && entry->Key == key)
            {
                entry->Value = value;
                entry->SetMs = nowMs;
                return true;
            }

            bool better = entry->IsUsed == target->IsUsed ? entry->SetMs < target->SetMs : entry->IsUsed == 0;
            target = better ? entry : target;
        }

        bool evicts = target->IsUsed != 0 && target->SetMs + _ageMs >= nowMs;
        *target = new Entry { Key = key, Value = value, SetMs = nowMs, IsUsed = 1 };
        return !evicts;
    }

    public void Dispose() => _entries.Dispose();

    private Entry* BucketOf(ulong key) =>
        _entries.Pointer + ((unchecked((uint)Hashing.Bucket(key, _seed)) & _bucketMask) * Ways);

    private struct Entry
    {
        public ulong Key;
        public ulong Value;
        public long SetMs;
        public ulong IsUsed;
    }
}
