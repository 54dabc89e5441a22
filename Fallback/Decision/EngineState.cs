using NetPolNic.Fallback.Classifier;
using NetPolNic.Fallback.Conntrack;
using NetPolNic.Fallback.Worker;

namespace NetPolNic.Fallback.Decision;

/// <summary>
/// All that deciding packets reads and writes, reachable from this one block of native memory: the loop needs no managed
/// object. One worker's own; <see cref="PolicyEngine"/> makes and frees it.
/// </summary>
internal unsafe struct EngineState
{
    /// <summary>Snapshot of the current burst; null outside of one and before the first snapshot is published.</summary>
    public ClassifierTables* Tables;

    public WorkerCounterBlock* Counters;

    public ConnectionTable Connections;

    public FragmentTable Fragments;

    public TimeoutTable Timeouts;

    /// <summary>The clock at the last piece of upkeep.</summary>
    public long SweptMs;

    /// <summary>Slots that upkeep looks at each millisecond.</summary>
    public long SweepSlots;

    /// <summary>
    /// By how much what a packet only prolongs is noted ahead, in milliseconds: so a busy connection's line is written now
    /// and then, not for every packet. Connections are remembered that much longer at most.
    /// </summary>
    public uint GrainMs;

    /// <summary>A policy change leaves connections alone.</summary>
    public bool KeepsEstablished;
}
