using NetPolNic.Policy.Model;

namespace NetPolNic.Fallback.Switching;

/// <summary>An address that is known to be behind a port, before it is heard there.</summary>
/// <param name="Addr">The pod's address.</param>
/// <param name="Mac">The MAC address that it goes with, in the low 48 bits; 0: the first one that is heard.</param>
public readonly record struct PodPlace(IpAddr Addr, ulong Mac = 0);
