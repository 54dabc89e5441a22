using System.Runtime.InteropServices;

namespace Dpdk.Raw;

/// <summary>Exported functions of rte_mbuf.h.</summary>
internal static unsafe partial class RteMbuf
{
    /// <summary>The pool, or null with rte_errno set.</summary>
    [LibraryImport(Lib.Mbuf)]
    internal static partial rte_mempool* rte_pktmbuf_pool_create(
        byte* name, uint n, uint cache_size, ushort priv_size, ushort data_room_size, int socket_id);

    /// <summary>Frees whole chains; null entries are skipped.</summary>
    [LibraryImport(Lib.Mbuf)]
    internal static partial void rte_pktmbuf_free_bulk(rte_mbuf** mbufs, uint count);
}
