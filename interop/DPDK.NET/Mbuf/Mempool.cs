using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Dpdk.Abi;
using Dpdk.Errors;
using Dpdk.Raw;

namespace Dpdk.Mbuf;

/// <summary>
/// A pool of packet buffers. Allocation is static inline in C, so it is done here over the exported ops table and the
/// pool's own per-lcore caches; freeing calls the exported rte_pktmbuf_free_bulk.
/// </summary>
/// <remarks>
/// Any thread may allocate and free. A thread with an lcore id (the one that started EAL, or after
/// <see cref="Eal.DpdkThread.Register"/>) goes through its cache, others reach the backend each time. Nothing here
/// allocates on the managed heap.
/// </remarks>
public sealed unsafe class Mempool
{
    [ThreadStatic]
    private static uint* s_lcoreIdOfThread;

    private readonly rte_mempool* _pool;
    private readonly delegate* unmanaged<rte_mempool*, void**, uint, int> _dequeue;
    private readonly uint _maxLcore;

    private Mempool(rte_mempool* pool)
    {
        _pool = pool;
        _maxLcore = DpdkAbi.Current.MaxLcore;
        _dequeue = OpsOf(pool)->dequeue;
        Name = NativeText.Read(&pool->name.first);
    }

    /// <summary>The pool's name.</summary>
    public string Name { get; }

    /// <summary>Buffers of the pool.</summary>
    public uint Capacity => _pool->size;

    /// <summary>
    /// Buffers that are neither in the pool nor in a cache. Not exact while other threads work; slow.
    /// </summary>
    public uint InUseCount => RteMempool.rte_mempool_in_use_count(_pool);

    /// <summary>Buffers in the pool and in caches. Not exact while other threads work; slow.</summary>
    public uint AvailableCount => RteMempool.rte_mempool_avail_count(_pool);

    /// <summary>The struct rte_mempool *, e.g. to hand it to another runtime in this process.</summary>
    public void* Handle => _pool;

    /// <summary>Wraps a pool of packet buffers that exists already; does not own it.</summary>
    /// <param name="handle">A struct rte_mempool * made by rte_pktmbuf_pool_create.</param>
    public static Mempool FromHandle(void* handle)
    {
        if (handle == null)
        {
            throw new ArgumentNullException(nameof(handle));
        }

        return new Mempool((rte_mempool*)handle);
    }

    /// <summary>Frees a packet with all its segments; null is ignored.</summary>
    public static void Free(Mbuf* packet)
    {
        if (packet != null)
        {
            RteMbuf.rte_pktmbuf_free_bulk((rte_mbuf**)&packet, 1);
        }
    }

    /// <summary>Frees packets with all their segments; null entries are skipped.</summary>
    public static void FreeBulk(Mbuf** packets, uint count) =>
        RteMbuf.rte_pktmbuf_free_bulk((rte_mbuf**)packets, count);

    /// <summary>Takes one buffer, reset and empty; null when the pool is empty.</summary>
    public Mbuf* Alloc()
    {
        Mbuf* packet;
        if (!TryTake((void**)&packet, 1))
        {
            return null;
        }

        packet->Reset();
        return packet;
    }

    /// <summary>Takes <paramref name="n"/> buffers, reset and empty, or none.</summary>
    /// <param name="packets">Output, <paramref name="n"/> pointers; undefined if false.</param>
    /// <param name="n">How many.</param>
    public bool TryAllocBulk(Mbuf** packets, uint n)
    {
        if (!TryTake((void**)packets, n))
        {
            return false;
        }

        for (uint i = 0; i < n; i++)
        {
            packets[i]->Reset();
        }

        return true;
    }

    internal static Mempool Create(string name, uint count, uint cache, ushort dataRoom, int socket)
    {
        fixed (byte* nameBytes = NativeText.Name(name, RteMempool.RTE_MEMPOOL_NAMESIZE))
        {
            rte_mempool* pool = RteMbuf.rte_pktmbuf_pool_create(nameBytes, count, cache, 0, dataRoom, socket);
            if (pool == null)
            {
                throw new DpdkException(
                    "rte_pktmbuf_pool_create", RteErrno.Current, $"pool {name}, {count} buffers of {dataRoom} bytes");
            }

            return new Mempool(pool);
        }
    }

    internal void Release() => RteMempool.rte_mempool_free(_pool);

    private static rte_mempool_ops* OpsOf(rte_mempool* pool)
    {
        nint library = LibraryLoader.Load(Lib.Mempool);
        var table = (rte_mempool_ops_table*)NativeLibrary.GetExport(library, "rte_mempool_ops_table");
        int index = pool->ops_index;
        if (index < 0 || index >= table->num_ops)
        {
            throw new DpdkException(
                "rte_mempool_ops_table", ErrnoText.EINVAL, $"ops index {index} of {table->num_ops}");
        }

        return &table->ops.first + index;
    }

    /// <summary>The calling thread's default cache, or null.</summary>
    private rte_mempool_cache* CacheOfThread()
    {
        if (_pool->cache_size == 0)
        {
            return null;
        }

        uint* lcoreId = s_lcoreIdOfThread;
        if (lcoreId == null)
        {
            lcoreId = FindLcoreId();
        }

        return *lcoreId < _maxLcore ? _pool->local_cache + *lcoreId : null;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static uint* FindLcoreId() =>
        s_lcoreIdOfThread = (uint*)NativeLibrary.GetExport(LibraryLoader.Load(Lib.Eal), "per_lcore__lcore_id");

    private bool TryTake(void** objects, uint n)
    {
        rte_mempool_cache* cache = CacheOfThread();
        if (cache == null || n > RteMempool.RTE_MEMPOOL_CACHE_MAX_SIZE)
        {
            return _dequeue(_pool, objects, n) == 0;
        }

        void** stack = (void**)&cache->objs.first;
        if (cache->len < n)
        {
            // Refilling to size + n leaves a full cache behind: size and n are at most 512 each, the stack holds 1024.
            // A pool that cannot give so many may still have the few that are missing.
            uint refill = unchecked(cache->size + n - cache->len);
            uint missing = n - cache->len;
            if (_dequeue(_pool, stack + cache->len, refill) == 0)
            {
                cache->len += refill;
            }
            else if (_dequeue(_pool, stack + cache->len, missing) == 0)
            {
                cache->len += missing;
            }
            else
            {
                return false;
            }
        }

        cache->len -= n;
        for (uint i = 0; i < n; i++)
        {
            objects[i] = stack[cache->len + n - 1 - i];
        }

        return true;
    }
}
