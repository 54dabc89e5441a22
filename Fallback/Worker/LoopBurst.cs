using System.Runtime.CompilerServices;
using Dpdk.Ethdev;
using Dpdk.Mbuf;

namespace NetPolNic.Fallback.Worker;

/// <summary>
/// Calls a port's burst functions as the runtime allows it. In the library compiled ahead of time nothing else runs
/// managed code, so the transition to native code is left out there; elsewhere it would hold up collections.
/// </summary>
[HotPath]
internal static unsafe class LoopBurst
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Rx(in BurstPointers burst, Mbuf** packets, ushort n) =>
        RuntimeFeature.IsDynamicCodeCompiled ? burst.Rx(packets, n) : burst.RxSuppressed(packets, n);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Tx(in BurstPointers burst, Mbuf** packets, ushort n) =>
        RuntimeFeature.IsDynamicCodeCompiled ? burst.Tx(packets, n) : burst.TxSuppressed(packets, n);
}
