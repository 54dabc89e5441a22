using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using NetPolNic.Fallback.Classifier;
using NetPolNic.Fallback.Parsing;

namespace NetPolNic.Fallback.Decision;

/// <summary>
/// What policy has denied lately of IPv4's TCP and UDP: who insists, or floods, costs little more than a connection that
/// stands. An entry counts for the snapshot that it was made by, and for later ones that change nothing for its ends; its
/// key is compared whole, so it says what the policy would. Buckets of four in one cache line. One worker's own. Blittable.
/// </summary>
[HotPath]
internal unsafe struct DenialCache
{
    /// <summary>A power of two; 1 MiB.</summary>
    public const int Entries = 1 << 16;

    private const int Ways = 4;

    // Bits of an entry's word, from the lowest.
    private const int GenerationBits = 20;
    private const ulong GenerationMask = (1 << GenerationBits) - 1;
    private const ulong Ingress = 1 << GenerationBits;
    private const ulong Used = 1 << (GenerationBits + 1);
    private const ulong Tcp = 1 << (GenerationBits + 2);
    private const int PortShift = 24;
    private const int SourceShift = 40;
    private const ulong TupleMask = (0xffffUL << PortShift) | Tcp | Used;

    private readonly DenialEntry* _entries;
    private readonly ulong _seed;

    // The generations' upper bits: when they change all entries go, so that the lower ones tell them apart.
    private uint _era;

    private uint _victim;

    /// <param name="entries">Zeroed, at a cache line; as many as <see cref="Entries"/>.</param>
    /// <param name="seed">Random, so that nobody can aim at an entry.</param>
    public DenialCache(DenialEntry* entries, ulong seed)
    {
        _entries = entries;
        _seed = seed;
        _era = 0;
        _victim = 0;
    }

    /// <summary>Where a denial stands, if anywhere; has it brought near.</summary>
    /// <param name="ends">Source address in the high half, destination address in the low one.</param>
    /// <param name="dstL4Port">Destination port.</param>
    /// <param name="ipProto">TCP or UDP.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly uint Prefetch(ulong ends, ushort dstL4Port, byte ipProto)
    {
        uint slot = SlotOf(ends, dstL4Port, ipProto);
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(_entries + slot);
        }

        return slot;
    }

    /// <summary>Why a tuple is denied, or none where that is not known.</summary>
    /// <param name="slot">As <see cref="Prefetch"/> or <see cref="SlotOf"/> gives it.</param>
    /// <param name="ends">Source address in the high half, destination address in the low one.</param>
    /// <param name="dstL4Port">Destination port.</param>
    /// <param name="ipProto">TCP or UDP.</param>
    /// <param name="tables">The snapshot in force.</param>
    /// <param name="sourceId">Number of the endpoint that owns the source address, or 0.</param>
    public readonly DropReason Find(
        uint slot, ulong ends, ushort dstL4Port, byte ipProto, ClassifierTables* tables, out uint sourceId)
    {
        ulong wanted = WordOf(dstL4Port, ipProto);
        for (DenialEntry* entry = _entries + slot; entry < _entries + slot + Ways; entry++)
        {
            if (entry->Ends == ends && ((entry->Word ^ wanted) & TupleMask) == 0)
            {
                sourceId = (uint)(entry->Word >> SourceShift);
                return !IsInForce(entry, tables) ? DropReason.None
                    : (entry->Word & Ingress) != 0 ? DropReason.IngressDenied
                    : DropReason.EgressDenied;
            }
        }

        sourceId = 0;
        return DropReason.None;
    }

    /// <summary>Notes what policy has denied.</summary>
    /// <param name="key">IPv4, TCP or UDP.</param>
    /// <param name="generation">Of the snapshot in force.</param>
    /// <param name="sourceId">Number of the endpoint that owns the source address, or 0.</param>
    /// <param name="reason">By which end's policy.</param>
    public void Add(in FlowKey key, uint generation, uint sourceId, DropReason reason)
    {
        if (generation >> GenerationBits != _era)
        {
            new Span<DenialEntry>(_entries, Entries).Clear();
            _era = generation >> GenerationBits;
        }

        ulong ends = unchecked(((ulong)key.SrcAddr << 32) | (uint)key.DstAddr);
        ulong word = WordOf(key.DstL4Port, key.IpProto);
        *Place(_entries + SlotOf(ends, key.DstL4Port, key.IpProto), ends, word) = new DenialEntry
        {
            Ends = ends,
            Word = word | (generation & GenerationMask) | ((ulong)sourceId << SourceShift) |
                (reason == DropReason.IngressDenied ? Ingress : 0),
        };
    }

    /// <summary>Index of a bucket's first entry.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly uint SlotOf(ulong ends, ushort dstL4Port, byte ipProto) =>
        unchecked((uint)Hashing.Finish(Hashing.Mix(ends, ((ulong)ipProto << 16) | dstL4Port, _seed))) & (Entries - Ways);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong WordOf(ushort dstL4Port, byte ipProto) =>
        ((ulong)dstL4Port << PortShift) | (ipProto == IpProtos.Tcp ? Tcp : 0) | Used;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly bool IsInForce(DenialEntry* entry, ClassifierTables* tables)
    {
        uint made = (_era << GenerationBits) | (uint)(entry->Word & GenerationMask);
        return made == tables->Generation || TryTakeOver(entry, made, tables);
    }

    /// <summary>Brings an entry up to the snapshot in force where nothing has changed for its ends.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private readonly bool TryTakeOver(DenialEntry* entry, uint made, ClassifierTables* tables)
    {
        if (tables->Generation >> GenerationBits != _era || unchecked((int)(tables->AddressesSince - made)) > 0)
        {
            return false;
        }

        Ends ends = new()
        {
            Src = Lookup.FindEndpoint(tables, entry->Ends >> 32, ipVersion: 4),
            Dst = Lookup.FindEndpoint(tables, unchecked((uint)entry->Ends), ipVersion: 4),
        };
        if (!PolicyCheck.IsUnchangedSince(tables, ends, made))
        {
            return false;
        }

        entry->Word = (entry->Word & ~GenerationMask) | (tables->Generation & GenerationMask);
        return true;
    }

    /// <summary>Where a tuple goes: over itself, else into a free entry, else over any.</summary>
    private DenialEntry* Place(DenialEntry* bucket, ulong ends, ulong word)
    {
        DenialEntry* free = null;
        for (DenialEntry* entry = bucket; entry < bucket + Ways; entry++)
        {
            if (entry->Ends == ends && ((entry->Word ^ word) & TupleMask) == 0)
            {
                return entry;
            }

            free = entry->Word == 0 ? entry : free;
        }

        _victim++;
        return free != null ? free : bucket + (_victim % Ways);
    }
}

/// <summary>A denied tuple; free where the word is 0.</summary>
internal struct DenialEntry
{
    /// <summary>Source address in the high half, destination address in the low one.</summary>
    public ulong Ends;

    public ulong Word;
}
