using Dpdk.Errors;
using Dpdk.Raw;

namespace Dpdk.Mbuf;

/// <summary>
/// Enqueue and dequeue of a struct rte_ring * of pointers: static inline in C, so the protocol is implemented here,
/// compatible with C code on the other end. Without objects, for code of any runtime in this process.
/// </summary>
/// <remarks>
/// Each end has a head and a tail that count modulo 2^32. A producer reserves slots by moving the head, fills them,
/// then moves the tail up to its reservation once earlier reservations are done; consumers likewise. A single-threaded
/// end skips the compare-and-swap and the wait. RTS and HTS rings are not for this. Nothing here allocates.
/// </remarks>
public static unsafe class RingBurst
{
    /// <summary>Bytes of the memory that <see cref="Init"/> needs, aligned to a cache line.</summary>
    /// <param name="count">A power of two; one less fits, but for <see cref="RingFlags.ExactSize"/>.</param>
    /// <exception cref="DpdkException">It is no power of two.</exception>
    public static nuint MemoryBytes(uint count)
    {
        nint bytes = RteRingApi.rte_ring_get_memsize(count);
        RteErrno.ThrowIfNegative((int)bytes, "rte_ring_get_memsize");
        return (nuint)bytes;
    }

    /// <summary>Makes an empty ring in the caller's memory, which other processes do not see and no name leads to.</summary>
    /// <param name="memory">At least <see cref="MemoryBytes"/>.</param>
    /// <param name="name">For who looks at memory; at most 28 ASCII characters.</param>
    /// <param name="count">As given to <see cref="MemoryBytes"/>.</param>
    /// <param name="flags">How many threads use it.</param>
    /// <exception cref="DpdkException">DPDK refuses one of them.</exception>
    public static void Init(void* memory, string name, uint count, RingFlags flags)
    {
        fixed (byte* text = NativeText.Name(name, RteRingApi.RTE_RING_NAMESIZE))
        {
            RteErrno.ThrowIfNegative(RteRingApi.rte_ring_init((rte_ring*)memory, text, count, (uint)flags), "rte_ring_init");
        }
    }

    /// <summary>Adds as many of the <paramref name="n"/> entries as fit.</summary>
    /// <param name="handle">The ring.</param>
    /// <param name="entries">At least <paramref name="n"/>.</param>
    /// <param name="n">How many.</param>
    /// <returns>How many, from the front.</returns>
    public static uint Enqueue(void* handle, void** entries, uint n)
    {
        rte_ring* ring = (rte_ring*)handle;
        bool single = ring->prod.sync_type == RteRingApi.RTE_RING_SYNC_ST;
        void** slots = (void**)(ring + 1);
        uint head;
        uint count;
        do
        {
            head = Volatile.Read(ref ring->prod.head);

            // The consumers' tail is read after the own head: it only grows, so the room is never overestimated.
            uint room = unchecked(ring->capacity + Volatile.Read(ref ring->cons.tail) - head);
            count = Math.Min(n, room);
            if (count == 0)
            {
                return 0;
            }
        }
        while (!TryMove(ref ring->prod.head, head, unchecked(head + count), single));

        for (uint i = 0; i < count; i++)
        {
            slots[unchecked(head + i) & ring->mask] = entries[i];
        }

        Publish(ref ring->prod.tail, head, unchecked(head + count), single);
        return count;
    }

    /// <summary>Takes up to <paramref name="n"/> entries.</summary>
    /// <param name="handle">The ring.</param>
    /// <param name="entries">Room for <paramref name="n"/>.</param>
    /// <param name="n">How many.</param>
    /// <returns>How many were written to <paramref name="entries"/>.</returns>
    public static uint Dequeue(void* handle, void** entries, uint n)
    {
        rte_ring* ring = (rte_ring*)handle;
        bool single = ring->cons.sync_type == RteRingApi.RTE_RING_SYNC_ST;
        void** slots = (void**)(ring + 1);
        uint head;
        uint count;
        do
        {
            head = Volatile.Read(ref ring->cons.head);
            count = Math.Min(n, unchecked(Volatile.Read(ref ring->prod.tail) - head));
            if (count == 0)
            {
                return 0;
            }
        }
        while (!TryMove(ref ring->cons.head, head, unchecked(head + count), single));

        for (uint i = 0; i < count; i++)
        {
            entries[i] = slots[unchecked(head + i) & ring->mask];
        }

        Publish(ref ring->cons.tail, head, unchecked(head + count), single);
        return count;
    }

    private static bool TryMove(ref uint head, uint from, uint to, bool single)
    {
        if (!single)
        {
            return Interlocked.CompareExchange(ref head, to, from) == from;
        }

        Volatile.Write(ref head, to);
        return true;
    }

    private static void Publish(ref uint tail, uint from, uint to, bool single)
    {
        if (!single)
        {
            SpinWait spin = default;
            while (Volatile.Read(ref tail) != from)
            {
                spin.SpinOnce(-1);
            }
        }

        Volatile.Write(ref tail, to);
    }
}
