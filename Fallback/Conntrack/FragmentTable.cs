using System.Numerics;
using NetPolNic.Fallback.Parsing;
using NetPolNic.Fallback.Worker;

namespace NetPolNic.Fallback.Conntrack;

/// <summary>
/// The verdicts of first fragments (S-b20): buckets of four, bounded; the oldest of a full bucket goes first. One
/// worker's own. Blittable.
/// </summary>
[HotPath]
internal readonly unsafe struct FragmentTable
{
    private const int Ways = 4;

    private readonly FragmentEntry* _entries;
    private readonly WorkerCounterBlock* _counters;
    private readonly ulong _seed;
    private readonly uint _bucketMask;

    /// <summary>A table in some memory.</summary>
    /// <param name="entries">Zeroed; as many as <see cref="EntriesFor"/> says, and owned by the caller.</param>
    /// <param name="count">How many.</param>
    /// <param name="seed">Random, so that nobody can aim at a bucket.</param>
    /// <param name="counters">The worker's counters.</param>
    public FragmentTable(FragmentEntry* entries, int count, ulong seed, WorkerCounterBlock* counters)
    {
        _entries = entries;
        _bucketMask = ((uint)count / Ways) - 1;
        _seed = seed;
        _counters = counters;
    }

    /// <summary>Entries of a table for some datagrams: a power of two.</summary>
    public static int EntriesFor(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        return (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(capacity, Ways));
    }

    /// <summary>
    /// Remembers what became of a first fragment; replaces what an earlier one with its key left, but for a drop after one
    /// that passed: what follows completes the datagram that the receiver has the start of, and the NIC drops first
    /// fragments that this table never hears of.
    /// </summary>
    public void Remember(in FragmentKey key, in FragmentVerdict verdict, long nowMs, long expiresMs)
    {
        FragmentEntry* bucket = BucketOf(key);
        FragmentEntry* target = bucket;
        for (int way = 0; way < Ways; way++)
        {
            FragmentEntry* entry = bucket + way;
            if (entry->Key.Matches(key))
            {
                if (!verdict.Forward && entry->Verdict.Forward && entry->ExpiresMs >= nowMs)
                {
                    return;
                }

                target = entry;
                break;
            }

            target = entry->ExpiresMs < target->ExpiresMs ? entry : target;
        }

        if (target->ExpiresMs >= nowMs && target->Key.IpVersion != 0 && !target->Key.Matches(key))
        {
            _counters->FragmentsEvicted++;
        }

        *target = new FragmentEntry { Key = key, Verdict = verdict, ExpiresMs = expiresMs };
    }

    /// <summary>Whether a first fragment with this key was seen in time, and what became of it.</summary>
    public bool TryFind(in FragmentKey key, long nowMs, out FragmentVerdict verdict)
    {
        FragmentEntry* bucket = BucketOf(key);
        for (int way = 0; way < Ways; way++)
        {
            if (bucket[way].ExpiresMs >= nowMs && bucket[way].Key.Matches(key))
            {
                verdict = bucket[way].Verdict;
                return true;
            }
        }

        verdict = default;
        return false;
    }

    private FragmentEntry* BucketOf(in FragmentKey key) =>
        _entries + ((unchecked((uint)key.Hash(_seed)) & _bucketMask) * Ways);
}

/// <summary>What the fragments of a datagram have in common (RFC 791, RFC 8200).</summary>
internal struct FragmentKey
{
    public UInt128 SrcAddr;
    public UInt128 DstAddr;
    public uint FragmentId;
    public byte IpProto;
    public byte IpVersion;

    public readonly bool Matches(in FragmentKey other) =>
        SrcAddr == other.SrcAddr && DstAddr == other.DstAddr && FragmentId == other.FragmentId &&
        IpProto == other.IpProto && IpVersion == other.IpVersion;

    public readonly ulong Hash(ulong seed)
    {
        ulong rest = ((ulong)FragmentId << 16) | ((ulong)IpProto << 8) | IpVersion;
        return Hashing.Finish(Hashing.Mix(Hashing.Mix(SrcAddr, seed), Hashing.Mix(DstAddr, seed ^ rest), seed));
    }
}

/// <summary>What became of a first fragment, of whose, and why.</summary>
internal struct FragmentVerdict
{
    /// <summary>
    /// Tuple of the connection that let it pass, as that was opened: its own, or that of the one it belongs to.
    /// </summary>
    public FlowKey Opener;

    public bool Forward;

    /// <summary>It passes whatever the policy.</summary>
    public bool Always;

    /// <summary>Snapshot that judged it.</summary>
    public uint Generation;

    public uint SrcEndpointId;
    public uint DstEndpointId;

    /// <summary>Number of the endpoint that opened the connection, or 0.</summary>
    public uint OpenerSrcId;

    /// <summary>Number of the endpoint that the connection was opened to, or 0.</summary>
    public uint OpenerDstId;
}

/// <summary>One slot; expired or never used where <see cref="ExpiresMs"/> has passed.</summary>
internal struct FragmentEntry
{
    public FragmentKey Key;
    public FragmentVerdict Verdict;
    public long ExpiresMs;
}
