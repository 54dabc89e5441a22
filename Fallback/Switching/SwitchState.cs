using NetPolNic.Fallback.Conntrack;
using NetPolNic.Fallback.Decision;

namespace NetPolNic.Fallback.Switching;

/// <summary>
/// All that a burst reads and writes between its packets' arrival and their departure, reachable from this one block of
/// native memory. One worker's own; <see cref="PolicySwitch"/> makes and frees it.
/// </summary>
internal unsafe struct SwitchState
{
    /// <summary>Two for each port: for data, for ARP and neighbour discovery.</summary>
    public const int LimitsPerPort = 2;

    public EngineState* Engine;

    public PortLayout Ports;

    public MacTable Macs;

    public PodBindings Bindings;

    public PlaceTable Places;

    /// <summary><see cref="LimitsPerPort"/> for each port.</summary>
    public FloodLimit* FloodLimits;

    /// <summary>One for each packet of a burst.</summary>
    public ExpressPacket* Express;

    /// <summary>Packets that one port may have flooded.</summary>
    public int FloodPktsPerSecond;

    /// <summary>Other loops are told who sends.</summary>
    public bool HasPeers;

    /// <summary>Addresses are only accepted from where they belong.</summary>
    public bool Guards;
}
