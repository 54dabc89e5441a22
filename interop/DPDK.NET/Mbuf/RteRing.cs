using Dpdk.Errors;
using Dpdk.Raw;

namespace Dpdk.Mbuf;

/// <summary>
/// A DPDK ring of pointers. Enqueue and dequeue are static inline in C, so the protocol is implemented here over
/// struct rte_ring, compatible with C code on the other end.
/// </summary>
/// <remarks>The protocol is that of <see cref="RingBurst"/>. Nothing here allocates.</remarks>
public sealed unsafe class RteRing
{
    private readonly rte_ring* _ring;

    private RteRing(rte_ring* ring)
    {
        Name = NativeText.Read(&ring->name.first);
        if (ring->prod.sync_type > RteRingApi.RTE_RING_SYNC_ST || ring->cons.sync_type > RteRingApi.RTE_RING_SYNC_ST)
        {
            throw new DpdkException("rte_ring", ErrnoText.ENOTSUP, $"ring {Name} uses RTS or HTS synchronisation");
        }

        _ring = ring;
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
    public uint EnqueueBurst(void** entries, uint n) => RingBurst.Enqueue(_ring, entries, n);

    /// <summary>Takes up to <paramref name="n"/> entries.</summary>
    /// <returns>How many were written to <paramref name="entries"/>.</returns>
    public uint DequeueBurst(void** entries, uint n) => RingBurst.Dequeue(_ring, entries, n);

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
}
