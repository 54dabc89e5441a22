using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Parsing;

namespace NetPolNic.Fallback.Worker;

/// <summary>
/// The last denied packets, of a flood a part: one writer that never waits, readers that skip a slot being written (a sequence number per
/// slot, odd while it is written). A pointer to native memory, which who creates it frees.
/// </summary>
[HotPath]
internal readonly unsafe struct DeniedRing
{
    /// <summary>Packets of one millisecond that are kept, so that a flood costs little.</summary>
    public const int MaxPerMs = 256;

    private const nuint CacheLineBytes = 64;

    private readonly Header* _header;

    private DeniedRing(Header* header)
    {
        _header = header;
    }

    /// <summary>A ring of <paramref name="entries"/>, rounded up to a power of two.</summary>
    public static DeniedRing Create(int entries)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(entries);
        int slots = (int)BitOperations.RoundUpToPowerOf2((uint)entries);
        nuint bytes = (nuint)sizeof(Header) + ((nuint)slots * (nuint)sizeof(Slot));
        Header* header = (Header*)NativeMemory.AlignedAlloc(bytes, CacheLineBytes);
        NativeMemory.Clear(header, bytes);
        header->Slots = slots;
        header->FullAt = MaxPerMs;
        return new DeniedRing(header);
    }

    /// <summary>Gives a denied packet its number. The worker's thread.</summary>
    /// <returns>Whether it is to be added.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Count(long nowMs)
    {
        if (_header->AtMs != nowMs)
        {
            _header->AtMs = nowMs;
            _header->FullAt = _header->Denied + MaxPerMs;
        }

        _header->Denied++;
        return _header->Denied <= _header->FullAt;
    }

    /// <summary>Adds the packet that was counted last over the oldest one. The worker's thread.</summary>
    public void Add(in FlowKey key, DropReason reason, long nowMs)
    {
        long written = _header->Written;
        Slot* slot = SlotAt(written);
        long sequence = written * 2;
        Volatile.Write(ref slot->Sequence, sequence + 1);
        Volatile.WriteBarrier();
        slot->Key = key;
        slot->Reason = reason;
        slot->AtMs = nowMs;
        slot->Number = _header->Denied;
        Volatile.Write(ref slot->Sequence, sequence + 2);
        Volatile.Write(ref _header->Written, written + 1);
    }

    /// <summary>What is in the ring, oldest first. Any thread; allocates.</summary>
    public IReadOnlyList<DeniedPacket> Read()
    {
        long end = Volatile.Read(ref _header->Written);
        List<DeniedPacket> packets = [];
        for (long at = Math.Max(0, end - _header->Slots); at < end; at++)
        {
            Slot* slot = SlotAt(at);
            long before = Volatile.Read(ref slot->Sequence);
            Slot copy = *slot;
            Interlocked.MemoryBarrier();
            if (before == (at * 2) + 2 && Volatile.Read(ref slot->Sequence) == before)
            {
                packets.Add(new DeniedPacket(
                    copy.Number,
                    copy.AtMs,
                    copy.Key.Src,
                    copy.Key.Dst,
                    copy.Key.IpProto,
                    copy.Key.SrcL4Port,
                    copy.Key.DstL4Port,
                    copy.Reason));
            }
        }

        return packets;
    }

    /// <summary>Frees the memory; no copy of this may be used any more.</summary>
    public void Free() => NativeMemory.AlignedFree(_header);

    private Slot* SlotAt(long at) => (Slot*)(_header + 1) + (at & (_header->Slots - 1));

    [StructLayout(LayoutKind.Explicit, Size = 64)]
    private struct Header
    {
        [FieldOffset(0)]
        public long Written;

        [FieldOffset(8)]
        public int Slots;

        /// <summary>The writer's own, as what follows: packets counted, which are their numbers.</summary>
        [FieldOffset(16)]
        public long Denied;

        /// <summary>The last millisecond that had one.</summary>
        [FieldOffset(24)]
        public long AtMs;

        /// <summary>The last number that is kept in that millisecond.</summary>
        [FieldOffset(32)]
        public long FullAt;
    }

    private struct Slot
    {
        public FlowKey Key;
        public long Sequence;
        public long AtMs;
        public long Number;
        public DropReason Reason;
    }
}
