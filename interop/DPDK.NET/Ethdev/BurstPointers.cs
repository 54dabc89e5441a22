using System.Runtime.CompilerServices;

namespace Dpdk.Ethdev;

using Dpdk.Mbuf;

/// <summary>
/// The receive and transmit functions of one queue pair, read from rte_eth_fp_ops: what rte_eth_rx_burst and
/// rte_eth_tx_burst, static inline in C, would call. Blittable; may be handed to another runtime in this process.
/// </summary>
/// <remarks>
/// Valid from the port's start to its stop, for one thread at a time per direction. Receive and transmit callbacks of
/// ethdev are not run. Nothing is checked and nothing allocated.
/// </remarks>
public readonly unsafe struct BurstPointers
{
    private readonly void* _rx;
    private readonly void* _rxQueue;
    private readonly void* _tx;
    private readonly void* _txQueue;

    internal BurstPointers(void* rx, void* rxQueue, void* tx, void* txQueue)
    {
        _rx = rx;
        _rxQueue = rxQueue;
        _tx = tx;
        _txQueue = txQueue;
    }

    /// <summary>Receives up to <paramref name="n"/> packets.</summary>
    /// <param name="packets">Output, room for <paramref name="n"/> pointers; the caller owns what was received.</param>
    /// <param name="n">Some drivers give nothing for less than 4, vector ones round down to multiples of 4.</param>
    /// <returns>How many were received.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ushort Rx(Mbuf** packets, ushort n) =>
        ((delegate* unmanaged<void*, Mbuf**, ushort, ushort>)_rx)(_rxQueue, packets, n);

    /// <summary>Sends up to <paramref name="n"/> packets.</summary>
    /// <returns>How many the port took, from the front; the caller still owns the rest.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ushort Tx(Mbuf** packets, ushort n) =>
        ((delegate* unmanaged<void*, Mbuf**, ushort, ushort>)_tx)(_txQueue, packets, n);

    /// <summary>
    /// As <see cref="Rx"/> without the transition to native code. While it runs no garbage collection of this runtime
    /// can
    /// start: only for a runtime in which nothing but the poll loop runs, and drivers that do not block.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ushort RxSuppressed(Mbuf** packets, ushort n) =>
        ((delegate* unmanaged[SuppressGCTransition]<void*, Mbuf**, ushort, ushort>)_rx)(_rxQueue, packets, n);

    /// <summary>As <see cref="Tx"/> without the transition; see <see cref="RxSuppressed"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ushort TxSuppressed(Mbuf** packets, ushort n) =>
        ((delegate* unmanaged[SuppressGCTransition]<void*, Mbuf**, ushort, ushort>)_tx)(_txQueue, packets, n);
}
