using Dpdk.Errors;
using Dpdk.Raw;

namespace Dpdk.Mbuf;

/// <summary>
/// A DPDK ring of pointers. Enqueue and dequeue are static inline in C, so the protocol is implemented here over
/// struct rte_ring, compatible with C code on the other end.
/// </summary>
/// <remarks>
/// Each end has a head and a tail that count modulo 2^32. A producer reserves slots by moving the head, fills them,
/// then
/// moves the tail up to its reservation once earlier reservations are done; consumers likewise. A single-threaded end
/// skips the compare-and-swap and the wait. Nothing here allocates.
/// </remarks>
public sealed unsafe class RteRing
{
    private readonly rte_ring* _ring;
    private readonly void** _slots;
    private readonly bool _singleProducer;
    private readonly bool _singleConsumer;

    private RteRing(rte_ring* ring)
    {
        Name = NativeText.Read(&ring->name.first);
        if (ring->prod.sync_type > RteRingApi.RTE_RING_SYNC_ST || ring->cons.sync_type > RteRingApi.RTE_RING_SYNC_ST)
        {
            throw new DpdkException("rte_ring", ErrnoText.ENOTSUP, $"ring {Name} uses RTS or HTS synchronisation");
        }

        _ring = ring;
        _slots = (void**)(ring + 1);
        _singleProducer = ring->prod.sync_type == RteRingApi.RTE_RING_SYNC_ST;
        _singleConsumer = ring->cons.sync_type == RteRingApi.RTE_RING_SYNC_ST;
    }

    /// <summary>The ring's name.</summary>
    public string Name { get; }

    /// <summary>Entries that fit.</summary>
    public uint Capacity => _ring->capacity;

    /// <summary>Entries in the ring now; a snapshot.</summary>
    public uint Count
    {
        get
        {
            uint consTail = Volatile.Read(ref _ring->cons.tail);
            uint prodTail = Volatile.Read(ref _ring->prod.tail);
            return Math.Min(unchecked(prodTail - consTail), _ring->capacity);
        }
    }

    /// <summary>Room for more entries now; a snapshot.</summary>
    public uint FreeCount => _ring->capacity - Count;

    /// <summary>The struct rte_ring *.</summary>
    public void* Handle => _ring;

    /// <summary>Wraps a ring of pointers that exists already; does not own it.</summary>
    /// <param name="handle">A struct rte_ring * made by rte_ring_create.</param>
    /// <exception cref="DpdkException">It uses RTS or HTS synchronisation (ENOTSUP).</exception>
    public static RteRing FromHandle(void* handle)
    {
        if (handle == null)
        {
            throw new ArgumentNullException(nameof(handle));
        }

        return new RteRing((rte_ring*)handle);
    }

    /// <summary>Adds one entry; false when full.</summary>
    public bool Enqueue(void* entry) => EnqueueBurst(&entry, 1) == 1;

    /// <summary>Takes one entry; null when empty.</summary>
    public void* Dequeue()
    {
        void* entry;
        return DequeueBurst(&entry, 1) == 1 ? entry : null;
    }

    /// <summary>Adds as many of the <paramref name="n"/> entries as fit.</summary>
    /// <returns>How many, from the front.</returns>
    public uint EnqueueBurst(void** entries, uint n)
    {
        uint head;
        uint count;
        do
        {
            head = Volatile.Read(ref _ring->prod.head);

            // The consumers' tail is read after the own head: it only grows, so the room is never overestimated.
            uint room = unchecked(_ring->capacity + Volatile.Read(ref _ring->cons.tail) - head);
            count = Math.Min(n, room);
            if (count == 0)
            {
                return 0;
            }
        }
        while (!TryMove(ref _ring->prod.head, head, unchecked(head + count), _singleProducer));

        for (uint i = 0; i < count; i++)
        {
            _slots[unchecked(head + i) & _ring->mask] = entries[i];
        }

        Publish(ref _ring->prod.tail, head, unchecked(head + count), _singleProducer);
        return count;
    }

    /// <summary>Takes up to <paramref name="n"/> entries.</summary>
    /// <returns>How many were written to <paramref name="entries"/>.</returns>
    public uint DequeueBurst(void** entries, uint n)
    {
        uint head;
        uint count;
        do
        {
            head = Volatile.Read(ref _ring->cons.head);
            count = Math.Min(n, unchecked(Volatile.Read(ref _ring->prod.tail) - head));
            if (count == 0)
            {
                return 0;
            }
        }
        while (!TryMove(ref _ring->cons.head, head, unchecked(head + count), _singleConsumer));

        for (uint i = 0; i < count; i++)
        {
            entries[i] = _slots[unchecked(head + i) & _ring->mask];
        }

        Publish(ref _ring->cons.tail, head, unchecked(head + count), _singleConsumer);
        return count;
    }

    internal static RteRing Create(string name, uint count, RingFlags flags, int socket)
    {
        fixed (byte* nameBytes = NativeText.Name(name, RteRingApi.RTE_RING_NAMESIZE))
        {
            rte_ring* ring = RteRingApi.rte_ring_create(nameBytes, count, socket, (uint)flags);
            if (ring == null)
            {
                throw new DpdkException("rte_ring_create", RteErrno.Current, $"ring {name}, {count} entries");
            }

            return new RteRing(ring);
        }
    }

    internal static RteRing? Find(string name)
    {
        fixed (byte* nameBytes = NativeText.Name(name, RteRingApi.RTE_RING_NAMESIZE))
        {
            rte_ring* ring = RteRingApi.rte_ring_lookup(nameBytes);
            return ring == null ? null : new RteRing(ring);
        }
    }

    internal void Release() => RteRingApi.rte_ring_free(_ring);

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
