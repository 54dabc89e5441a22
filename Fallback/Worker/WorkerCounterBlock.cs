using System.Runtime.InteropServices;

namespace NetPolNic.Fallback.Worker;

/// <summary>
/// One worker's counters in native memory: written by the worker alone, each an aligned 64-bit word that other threads
/// read whole.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 704)]
internal unsafe struct WorkerCounterBlock
{
    public const int MaxDropReasons = 32;
    public const int MaxDecisionKinds = 16;

    public fixed ulong Drops[MaxDropReasons];
    public fixed ulong Decisions[MaxDecisionKinds];
    public ulong RxPkts;
    public ulong RxBytes;
    public ulong TxPkts;
    public ulong TxBytes;
    public ulong FloodedCopies;
    public ulong HintsAgreed;
    public ulong HintsDisagreed;
    public ulong ConnectionsOpened;
    public ulong ConnectionsExpired;
    public ulong ConnectionsEvicted;
    public ulong ConnectionsUntracked;
    public ulong ConnectionsOverQuota;
    public ulong TcpImplausible;
    public ulong ConnectionsCut;
    public ulong ConnectionsOfGonePods;
    public ulong FragmentsEvicted;
    public ulong MacsEvicted;
    public ulong Polls;
    public ulong EmptyPolls;
}
