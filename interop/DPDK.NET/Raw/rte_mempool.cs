using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Dpdk.Raw;

/// <summary>struct rte_mempool of rte_mempool.h (22.11, without RTE_LIBRTE_MEMPOOL_STATS).</summary>
[StructLayout(LayoutKind.Explicit, Size = 192)]
internal unsafe struct rte_mempool
{
    [FieldOffset(0)] public char_26 name;
    [FieldOffset(32)] public void* pool_data;
    [FieldOffset(40)] public void* pool_config;
    [FieldOffset(48)] public void* mz;
    [FieldOffset(56)] public uint flags;
    [FieldOffset(60)] public int socket_id;
    [FieldOffset(64)] public uint size;
    [FieldOffset(68)] public uint cache_size;
    [FieldOffset(72)] public uint elt_size;
    [FieldOffset(76)] public uint header_size;
    [FieldOffset(80)] public uint trailer_size;
    [FieldOffset(84)] public uint private_data_size;
    [FieldOffset(88)] public int ops_index;
    [FieldOffset(96)] public rte_mempool_cache* local_cache;
    [FieldOffset(104)] public uint populated_size;
}

/// <summary>struct rte_mempool_cache: one lcore's stack of free objects.</summary>
[StructLayout(LayoutKind.Explicit, Size = 8256)]
internal struct rte_mempool_cache
{
    [FieldOffset(0)] public uint size;
    [FieldOffset(4)] public uint flushthresh;
    [FieldOffset(8)] public uint len;
    [FieldOffset(64)] public pointer_1024 objs;
}

/// <summary>struct rte_mempool_ops: how a pool's backend is reached.</summary>
[StructLayout(LayoutKind.Explicit, Size = 128)]
internal unsafe struct rte_mempool_ops
{
    [FieldOffset(0)] public char_32 name;
    [FieldOffset(32)] public void* alloc;
    [FieldOffset(40)] public void* free;

    /// <summary>0 or a negative errno.</summary>
    [FieldOffset(48)] public delegate* unmanaged<rte_mempool*, void**, uint, int> enqueue;

    /// <summary>0, or a negative errno when there are not n objects (then none is taken).</summary>
    [FieldOffset(56)] public delegate* unmanaged<rte_mempool*, void**, uint, int> dequeue;

    [FieldOffset(64)] public void* get_count;
}

/// <summary>RTE_MEMPOOL_MAX_OPS_IDX entries.</summary>
[InlineArray(16)]
internal struct rte_mempool_ops_16
{
    public rte_mempool_ops first;
}

/// <summary>struct rte_mempool_ops_table; the exported variable of that name has this type.</summary>
[StructLayout(LayoutKind.Explicit, Size = 2112)]
internal struct rte_mempool_ops_table
{
    [FieldOffset(0)] public int sl;
    [FieldOffset(4)] public uint num_ops;
    [FieldOffset(64)] public rte_mempool_ops_16 ops;
}

/// <summary>Exported functions and constants of rte_mempool.h.</summary>
internal static unsafe partial class RteMempool
{
    public const uint RTE_MEMPOOL_CACHE_MAX_SIZE = 512;
    public const int RTE_MEMPOOL_NAMESIZE = 26;

    /// <summary>Objects not in the pool nor in a cache.</summary>
    [LibraryImport(Lib.Mempool)]
    internal static partial uint rte_mempool_in_use_count(rte_mempool* mp);

    /// <summary>Objects in the pool and in the caches.</summary>
    [LibraryImport(Lib.Mempool)]
    internal static partial uint rte_mempool_avail_count(rte_mempool* mp);

    /// <summary>The pool, or null with rte_errno ENOENT.</summary>
    [LibraryImport(Lib.Mempool)]
    internal static partial rte_mempool* rte_mempool_lookup(byte* name);

    /// <summary>Frees the pool; every object must be back.</summary>
    [LibraryImport(Lib.Mempool)]
    internal static partial void rte_mempool_free(rte_mempool* mp);
}
