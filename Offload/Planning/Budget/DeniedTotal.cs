using NetPolNic.Policy.Model;

namespace NetPolNic.Offload.Planning.Budget;

/// <summary>Packets that the fallback denied because of one pod's policy, whatever the peer.</summary>
/// <param name="Own">The pod's address.</param>
/// <param name="Direction">Which of its directions denied.</param>
/// <param name="Packets">How many.</param>
public readonly record struct DeniedTotal(IpAddr Own, Direction Direction, long Packets);
