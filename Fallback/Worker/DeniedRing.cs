using System.Numerics;
using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Parsing;

namespace NetPolNic.Fallback.Worker;

/// <summary>
/// The last denied packets: one writer that never waits, readers that skip a slot being written (a sequence number per
/// slot, odd while it is written).
/// </summary>
[HotPath]
internal sealed unsafe class DeniedRing : IDisposable
{
    private readonly NativeBlock<Slot> _slots;
    private long _written;

    /// <summary>A ring of <paramref name="entries"/>, rounded up to a power of two.</summary>
    public DeniedRing(int entries)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(entries);
        _slots = new NativeBlock<Slot>((int)BitOperations.RoundUpToPowerOf2((uint)entries));
    }

    /// <summary>Adds a packet over the oldest one. The worker's thread.</summary>
    public void Add(in FlowKey key, DropReason reason, long nowMs)
    {
        Slot* slot = _slots.Pointer + (_written & (_slots.Length - 1));
        long sequence = _written * 2;
        Volatile.Write(ref slot->Sequence, sequence + 1);
        Interlocked.MemoryBarrier();
        slot->Key = key;
        slot->Reason = reason;
        slot->AtMs = nowMs;
        Volatile.Write(ref slot->Sequence, sequence + 2);
        Volatile.Write(ref _written, _written + 1);
    }

    /// <summary>What is in the ring, oldest first. Any thread; allocates.</summary>
    public IReadOnlyList<DeniedPacket> Read()
    {
        long end = Volatile.Read(ref _written);
        List<DeniedPacket> packets = [];
        for (long at = Math.Max(0, end - _slots.Length); at < end; at++)
        {
            Slot* slot = _slots.Pointer + (at & (_slots.Length - 1));
            long before = Volatile.Read(ref slot->Sequence);
            Slot copy = *slot;
            Interlocked.MemoryBarrier();
            if (before == (at * 2) + 2 && Volatile.Read(ref slot->Sequence) == before)
            {
                packets.Add(new DeniedPacket(
                    at + 1,
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

    public void Dispose() => _slots.Dispose();

    private struct Slot
    {
        public FlowKey Key;
        public long Sequence;
        public long AtMs;
        public DropReason Reason;
    }
}
