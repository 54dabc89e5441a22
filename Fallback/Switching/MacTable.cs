using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using NetPolNic.Fallback.Worker;

namespace NetPolNic.Fallback.Switching;

/// <summary>
/// Which port a MAC address was last heard at, per outer VLAN, and which pod it is known to belong to: buckets of four in
/// one cache line. Learned, aged, bounded. One worker's own. Blittable.
/// </summary>
[HotPath]
internal unsafe struct MacTable
{
    private const int Ways = 4;
    private const ulong BucketBytes = 64;
    private const int MsPerSecond = 1000;
    private const ulong Used = 1UL << 63;

    private MacEntry* _entries;
    private WorkerCounterBlock* _counters;
    private ulong _multiplier;
    private int _shift;
    private uint _ageMs;

    /// <summary>When a station was last put somewhere else, or its entry given to another: low 32 bits of the clock.</summary>
    public uint ChangedMs;

    /// <param name="entries">Zeroed; as many as <see cref="EntriesFor"/> says.</param>
    /// <param name="count">How many.</param>
    /// <param name="ageSeconds">How long a station that sends nothing is remembered.</param>
    /// <param name="seed">Random, so that nobody can aim at a bucket.</param>
    /// <param name="counters">The worker's counters.</param>
    public MacTable(MacEntry* entries, int count, int ageSeconds, ulong seed, WorkerCounterBlock* counters)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ageSeconds);
        _entries = entries;
        _counters = counters;
        _multiplier = Hashing.Finish(seed) | 1;
        _shift = 64 - BitOperations.Log2((uint)count / Ways);
        _ageMs = checked((uint)ageSeconds * MsPerSecond);
    }

    /// <summary>Entries of a table for some stations: a power of two.</summary>
    public static int EntriesFor(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        return (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(capacity, 2 * Ways));
    }

    /// <summary>The key of a station.</summary>
    public static ulong KeyOf(ulong mac, ushort vlanId) =>
        Used | ((ulong)vlanId << 48) | (BinaryPrimitives.ReverseEndianness(mac) >> 16);

    /// <summary>The key of a station whose address stands in a frame; eight bytes are read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong KeyAt(byte* mac, ushort vlanId) => KeyAt(mac, TagOf(vlanId));

    /// <summary>The same by what <see cref="TagOf"/> has made of the VLAN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong KeyAt(byte* mac, ulong tag) => tag | (Unsafe.ReadUnaligned<ulong>(mac) & 0xffff_ffff_ffff);

    /// <summary>What the keys of a VLAN's stations have in common.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong TagOf(ushort vlanId) => Used | ((ulong)vlanId << 48);

    /// <summary>Whether an address can be a station's: no group address, not zero.</summary>
    public static bool IsStation(ulong mac) => mac != 0 && ((mac >> 40) & 1) == 0;

    /// <summary>The entry of a station, or null; an aged one too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly MacEntry* Find(ulong key)
    {
        MacEntry* bucket = BucketOf(key);
        return bucket->Key == key ? bucket : FindBehind(bucket, key);
    }

    /// <summary>Index of the port behind which a station is, or -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int FindPort(ulong key, long nowMs)
    {
        MacEntry* entry = Find(key);
        return entry == null || IsAged(entry, nowMs) ? -1 : entry->Port;
    }

    /// <summary>Notes where a station is, and whose it is.</summary>
    /// <param name="key">Of a station.</param>
    /// <param name="place">As <see cref="MacEntry.PlaceOf"/> packs it.</param>
    /// <param name="nowMs">The clock.</param>
    public void Learn(ulong key, uint place, long nowMs)
    {
        MacEntry* target = Find(key);
        if (target == null)
        {
            target = ToReplace(key, nowMs);
            _counters->MacsEvicted += target->Key != 0 && !IsAged(target, nowMs) ? 1UL : 0UL;
        }

        ChangedMs = target->Key == key && target->Place == place ? ChangedMs : unchecked((uint)nowMs);
        *target = new MacEntry { Key = key, SeenMs = unchecked((uint)nowMs), Place = place };
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static MacEntry* FindBehind(MacEntry* bucket, ulong key)
    {
        for (int way = 1; way < Ways; way++)
        {
            if (bucket[way].Key == key)
            {
                return bucket + way;
            }
        }

        return null;
    }

    /// <summary>A free slot, an aged one, the one silent longest of no pod's, or of any.</summary>
    private readonly MacEntry* ToReplace(ulong key, long nowMs)
    {
        MacEntry* bucket = BucketOf(key);
        MacEntry* target = bucket;
        uint worst = 0;
        for (int way = 0; way < Ways; way++)
        {
            MacEntry* entry = bucket + way;
            if (entry->Key == 0 || IsAged(entry, nowMs))
            {
                return entry;
            }

            uint silentMs = unchecked((uint)nowMs - entry->SeenMs);
            uint weight = silentMs + 1 + (entry->HasOwner ? 0 : _ageMs + 1);
            if (weight > worst)
            {
                worst = weight;
                target = entry;
            }
        }

        return target;
    }

    /// <summary>Whether a station has been silent for too long.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool IsAged(MacEntry* entry, long nowMs) => unchecked((uint)nowMs - entry->SeenMs) > _ageMs;

    /// <summary>Where a station's entry is, mostly the first of its bucket.</summary>
    /// <remarks>Multiply-shift with a random odd factor: two keys meet no more often than chance has it.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly MacEntry* BucketOf(ulong key) =>
        (MacEntry*)((byte*)_entries + ((unchecked(key * _multiplier) >> _shift) * BucketBytes));
}

/// <summary>One station.</summary>
internal struct MacEntry
{
    private const uint OwnerMask = (1 << 24) - 1;

    /// <summary>As <see cref="MacTable.KeyOf"/> makes it; 0 is a free slot.</summary>
    public ulong Key;

    /// <summary>When it was last heard, low 32 bits of the clock.</summary>
    public uint SeenMs;

    public uint Place;

    /// <summary>Index of the port that it is behind.</summary>
    public readonly int Port => (int)(Place >> 24);

    /// <summary>Whether a local pod is known to send with it.</summary>
    public readonly bool HasOwner => (Place & OwnerMask) != 0;

    /// <summary>Number of the pod that sends with it, or 0, together with the port.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint PlaceOf(uint endpointId, int port) => ((uint)port << 24) | (endpointId & OwnerMask);
}
