using System.Runtime.InteropServices;

namespace NetPolNic.Fallback.Worker;

/// <summary>One port's counters in native memory, in the manner of <see cref="WorkerCounterBlock"/>.</summary>
[StructLayout(LayoutKind.Sequential, Size = 320)]
internal unsafe struct PortCounterBlock
{
    public fixed ulong Drops[WorkerCounterBlock.MaxDropReasons];
    public ulong RxPkts;
    public ulong RxBytes;
    public ulong TxPkts;
    public ulong TxBytes;
}
