using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Switching;

namespace NetPolNic.Fallback.Worker;

/// <summary>
/// All that a poll loop works on, in native memory and reachable from here by pointers: whichever runtime runs the loop,
/// this one or the one of the library that is compiled ahead of time, it is given the address of this and no object.
/// The control side owns it and whatever it points to; the loop's tables belong to the loop, which makes them when it is
/// opened and frees them when it is closed.
/// </summary>
internal unsafe struct LoopState
{
    public LoopControl Control;

    public LoopReport Report;

    public TraceSlot Trace;

    public LoopDimensions Dimensions;

    /// <summary>Announces what the loop has seen of its publisher, whose word it leads to.</summary>
    public WorkerEpoch Epoch;

    public DeniedRing Denied;

    public DeniedTally Tally;

    public WakeSignal Wake;

    public WorkerCounterBlock* Counters;

    /// <summary>One per port.</summary>
    public PortCounterBlock* PortCounters;

    public LoopPort* Ports;

    public int PortCount;

    /// <summary>This loop among its siblings, from 0.</summary>
    public int Index;

    /// <summary>Loops that share the ports.</summary>
    public int Count;

    /// <summary>
    /// What loops hand over to each other, by the giver's index times <see cref="Count"/> plus the taker's (struct
    /// rte_ring *); null for a loop alone.
    /// </summary>
    public void** Inboxes;

    /// <summary>What loops tell each other of stations, in the same order; null for a loop alone.</summary>
    public StationRing** Stations;

    /// <summary>Configured places of pods, the same for all loops of a switch.</summary>
    public PlaceTable Places;

    /// <summary>Where rounds are measured, or null.</summary>
    public RoundTimes* Rounds;

    /// <summary>struct rte_mempool * that flooded copies come from.</summary>
    public void* Pool;

    /// <summary>Random, the same for all loops of a switch: nobody can aim at a bucket.</summary>
    public ulong Seed;

    /// <summary>What the runtime that opened the loop has made of it; means nothing to another.</summary>
    public nint Loop;
}
