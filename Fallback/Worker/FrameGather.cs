using Dpdk.Mbuf;

namespace NetPolNic.Fallback.Worker;

/// <summary>One contiguous view of a packet of several segments, and copies of packets. One worker's own.</summary>
[HotPath]
internal sealed unsafe class FrameGather : IDisposable
{
    // The longest IP packet and the longest Ethernet header that is parsed.
    private const int ScratchBytes = 65_535 + 22;

    private readonly NativeBlock<byte> _scratch = new(ScratchBytes);

    /// <summary>The bytes of a packet: in place, or gathered in the scratch buffer until the next call.</summary>
    /// <returns>False: longer than any frame that is parsed.</returns>
    public bool TryView(Mbuf* packet, out byte* frame, out int length)
    {
        if (packet->SegmentCount == 1)
        {
            frame = packet->Data;
            length = packet->DataLength;
            return true;
        }

        frame = _scratch.Pointer;
        length = 0;
        if (packet->PacketLength > ScratchBytes)
        {
            return false;
        }

        length = packet->CopyTo(new Span<byte>(_scratch.Pointer, ScratchBytes));
        return true;
    }

    /// <summary>A copy in one segment, or null where the pool is empty or its buffers are too small.</summary>
    public Mbuf* Copy(Mempool pool, Mbuf* packet)
    {
        if (!TryView(packet, out byte* frame, out int length))
        {
            return null;
        }

        Mbuf* copy = pool.Alloc();
        if (copy != null && !copy->TryWrite(new ReadOnlySpan<byte>(frame, length)))
        {
            Mempool.Free(copy);
            return null;
        }

        return copy;
    }

    public void Dispose() => _scratch.Dispose();
}
