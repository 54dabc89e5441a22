using Dpdk.Ethdev;

namespace NetPolNic.Fallback.Switching;

/// <summary>A port of the switch; configured and started by its owner, who also closes it.</summary>
/// <param name="Port">The Ethernet port; its queue 0 belongs to the switch.</param>
/// <param name="Role">What is behind it.</param>
/// <param name="Reflect">
/// Many stations that cannot reach each other are behind it: frames may go back out of it.
/// </param>
public sealed record SwitchPort(EthPort Port, PortRole Role, bool Reflect = false);
