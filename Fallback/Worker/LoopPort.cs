using Dpdk.Ethdev;
using NetPolNic.Fallback.Switching;

namespace NetPolNic.Fallback.Worker;

/// <summary>A port of the switch as one loop uses it.</summary>
internal unsafe struct LoopPort
{
    /// <summary>Receives from the loop's own queue (<see cref="Receives"/>) and sends to it (where no ring stands before).</summary>
    public BurstPointers Burst;

    /// <summary>
    /// Where the port has no transmit queue for this loop: struct rte_ring * of packets that the loop which has one sends
    /// for it; else null.
    /// </summary>
    public void* SendVia;

    /// <summary>
    /// Packets that other loops want sent by this one's queue: a struct rte_ring * per loop, null where that one has a
    /// queue; null where all have.
    /// </summary>
    public void** SendFor;

    public ushort EthPortId;

    public PortRole Role;

    /// <summary>Not 0: frames may leave by where they came in.</summary>
    public byte Reflect;

    /// <summary>Not 0: the loop has a receive queue of the port.</summary>
    public byte Receives;
}
