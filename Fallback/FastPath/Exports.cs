using System.Runtime.InteropServices;
using NetPolNic.Fallback.Parsing;
using NetPolNic.Fallback.Worker;

namespace NetPolNic.FastPath;

/// <summary>What the library exports: <see cref="LoopEntry"/> by C names. Nothing throws out of here.</summary>
internal static unsafe class Exports
{
    [UnmanagedCallersOnly(EntryPoint = "npn_fastpath_abi_version")]
    private static int AbiVersion() => LoopAbi.Version;

    [UnmanagedCallersOnly(EntryPoint = "npn_fastpath_size_at")]
    private static int SizeAt(int index) => LoopAbi.SizeAt(index);

    [UnmanagedCallersOnly(EntryPoint = "npn_fastpath_collections")]
    private static int Collections() => GC.CollectionCount(0);

    [UnmanagedCallersOnly(EntryPoint = "npn_fastpath_allocated_bytes")]
    private static long AllocatedBytes() => GC.GetTotalAllocatedBytes();

    [UnmanagedCallersOnly(EntryPoint = "npn_loop_open")]
    private static int Open(LoopState* state) => LoopEntry.Open(state);

    [UnmanagedCallersOnly(EntryPoint = "npn_loop_poll")]
    private static int Poll(LoopState* state, long nowMs) => LoopEntry.Poll(state, nowMs);

    [UnmanagedCallersOnly(EntryPoint = "npn_loop_run")]
    private static int Run(LoopState* state) => LoopEntry.Run(state);

    [UnmanagedCallersOnly(EntryPoint = "npn_loop_trace")]
    private static int Trace(LoopState* state, ParsedPacket* packet, long nowMs, TraceAnswer* answer) =>
        LoopEntry.Trace(state, packet, nowMs, answer);

    [UnmanagedCallersOnly(EntryPoint = "npn_loop_close")]
    private static void Close(LoopState* state) => LoopEntry.Close(state);
}
