namespace Dpdk.Mbuf;

/// <summary>How a ring is made (RING_F_*). Default: many producers, many consumers, size a power of two.</summary>
// DPDK calls them flags too.
#pragma warning disable CA1711
[Flags]
public enum RingFlags
#pragma warning restore CA1711
{
    /// <summary>Many producers, many consumers.</summary>
    None = 0,

    /// <summary>One thread enqueues (RING_F_SP_ENQ).</summary>
    SingleProducer = 1,

    /// <summary>One thread dequeues (RING_F_SC_DEQ).</summary>
    SingleConsumer = 2,

    /// <summary>
    /// Holds exactly the count asked for; without it, count must be a power of two and count - 1 fit (RING_F_EXACT_SZ).
    /// </summary>
    ExactSize = 4,
}
