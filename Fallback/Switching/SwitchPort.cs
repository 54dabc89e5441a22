using System.Collections.Immutable;
using Dpdk.Ethdev;

namespace NetPolNic.Fallback.Switching;

/// <summary>A port of the switch; configured and started by its owner, who also closes it.</summary>
/// <param name="Port">The Ethernet port; its queue 0 belongs to the switch.</param>
/// <param name="Role">What is behind it.</param>
/// <param name="Reflect">
/// Many stations that cannot reach each other are behind it: frames may go back out of it.
/// </param>
public sealed record SwitchPort(EthPort Port, PortRole Role, bool Reflect = false)
{
    /// <summary>
    /// Addresses of the pods behind it, where that is known: it then accepts no others, and no other port accepts these.
    /// Empty: the first packet from an address says which port it is behind.
    /// </summary>
    public ImmutableArray<PodPlace> Pods { get; init; } = [];
}
