using System.Runtime.InteropServices;

namespace Dpdk.Raw;

/// <summary>struct rte_ring_headtail of rte_ring_core.h; head and tail run freely modulo 2^32.</summary>
[StructLayout(LayoutKind.Explicit, Size = 12)]
internal struct rte_ring_headtail
{
    [FieldOffset(0)] public uint head;
    [FieldOffset(4)] public uint tail;
    [FieldOffset(8)] public uint sync_type;
}

/// <summary>struct rte_ring; the slots follow it.</summary>
[StructLayout(LayoutKind.Explicit, Size = 384)]
internal unsafe struct rte_ring
{
    [FieldOffset(0)] public char_29 name;
    [FieldOffset(32)] public int flags;
    [FieldOffset(40)] public void* memzone;
    [FieldOffset(48)] public uint size;
    [FieldOffset(52)] public uint mask;
    [FieldOffset(56)] public uint capacity;
    [FieldOffset(128)] public rte_ring_headtail prod;
    [FieldOffset(256)] public rte_ring_headtail cons;
}

/// <summary>Exported functions and constants of rte_ring.h and rte_ring_core.h.</summary>
internal static unsafe partial class RteRingApi
{
    public const int RTE_RING_NAMESIZE = 29;
    public const uint RTE_RING_SYNC_MT = 0;
    public const uint RTE_RING_SYNC_ST = 1;

    /// <summary>The ring, or null with rte_errno set.</summary>
    [LibraryImport(Lib.Ring)]
    internal static partial rte_ring* rte_ring_create(byte* name, uint count, int socket_id, uint flags);

    /// <summary>The ring, or null with rte_errno ENOENT.</summary>
    [LibraryImport(Lib.Ring)]
    internal static partial rte_ring* rte_ring_lookup(byte* name);

    /// <summary>Bytes that a ring takes, or -EINVAL.</summary>
    [LibraryImport(Lib.Ring)]
    internal static partial nint rte_ring_get_memsize(uint count);

    /// <summary>Makes a ring in memory of that size, aligned to a cache line: 0 or a negative errno.</summary>
    [LibraryImport(Lib.Ring)]
    internal static partial int rte_ring_init(rte_ring* r, byte* name, uint count, uint flags);

    /// <summary>Frees the ring, not what is in it.</summary>
    [LibraryImport(Lib.Ring)]
    internal static partial void rte_ring_free(rte_ring* r);
}
