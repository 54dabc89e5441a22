using NetPolNic.Fallback.Conntrack;
using NetPolNic.Fallback.Worker;

namespace NetPolNic.Fallback;

/// <summary>How the fallback is dimensioned. Counts are per worker.</summary>
public sealed record FallbackOptions
{
    /// <summary>Tracked connections; rounded up to a power of two; 176 bytes each, so that half of the slots are free.</summary>
    public int ConnectionCapacity { get; init; } = 1 << 20;

    /// <summary>
    /// Tracked connections of one pod, that it opened or, from outside, were opened to it; 0: a quarter of
    /// <see cref="ConnectionCapacity"/>.
    /// </summary>
    public int ConnectionsPerPod { get; init; }

    /// <summary>Fragmented datagrams under way; rounded up to a power of two.</summary>
    public int FragmentCapacity { get; init; } = 1 << 14;

    /// <summary>Learned MAC addresses; rounded up to a power of two.</summary>
    public int MacCapacity { get; init; } = 1 << 14;

    /// <summary>How long a MAC address that sends nothing is remembered (IEEE 802.1Q default).</summary>
    public int MacAgeSeconds { get; init; } = 300;

    /// <summary>A local pod's addresses are only accepted from the port and with the MAC address that are the pod's.</summary>
    public bool GuardsSources { get; init; } = true;

    /// <summary>
    /// Packets of one port that are copied to several others in a second; as many again of ARP and neighbour discovery. A
    /// tenth of it, at least 64, may come at once.
    /// </summary>
    public int FloodPktsPerSecond { get; init; } = 20_000;

    /// <summary>What a policy change does to connections that are already there.</summary>
    public EstablishedMode Established { get; init; } = EstablishedMode.Cut;

    public ConnectionTimeouts Timeouts { get; init; } = new();

    /// <summary>Connections' worth of slots that upkeep looks at each millisecond: bounds what it can cost a burst.</summary>
    public int SweepSlotsPerMs { get; init; } = 1024;

    /// <summary>Denied packets that are kept for logs.</summary>
    public int DeniedRingEntries { get; init; } = 256;

    /// <summary>Packets per receive call.</summary>
    public ushort BurstPkts { get; init; } = 32;

    /// <summary>
    /// Polls that find nothing before the thread waits a millisecond between polls; 0: it never waits and keeps its CPU
    /// busy.
    /// </summary>
    public int IdlePollsBeforeWait { get; init; } = 10_000;

    /// <summary>How long an idle thread waits between polls; -1: until something wakes it.</summary>
    internal int IdleWaitMs { get; init; } = 1;

    /// <summary>CPU that the thread is confined to, where the process may use it; null: any.</summary>
    public int? Cpu { get; init; }

    /// <summary>
    /// CPUs of several loops, one each: connections are spread over them. Empty: one loop, on <see cref="Cpu"/>.
    /// </summary>
    public IReadOnlyList<int> Cpus { get; init; } = [];

    /// <summary>Where the loops' code is; null: in this process's own runtime, whose collections stop it.</summary>
    public FastPathLibrary? Library { get; init; }

    /// <summary>Has each loop measure its rounds, at the cost of reading a clock in each; for benchmarks.</summary>
    public bool MeasuresRounds { get; init; }

    /// <summary>Clock in milliseconds, or null for the monotonic one; never negative, never going back. A loop of a library
    /// that runs on a thread has no other than the monotonic one.</summary>
    public Func<long>? ClockMs { get; init; }
}
