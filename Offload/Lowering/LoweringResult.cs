using System.Collections.Immutable;
using Dpdk.Flow;
using NetPolNic.Offload.Capabilities;

namespace NetPolNic.Offload.Lowering;

/// <summary>What became of a region.</summary>
/// <param name="Patterns">Patterns that together stand for the region; empty where the family has no item.</param>
/// <param name="Consumed">Bits of the region that every one of the patterns matches.</param>
/// <param name="Missing">
/// Null where no pattern matches a packet outside the region. Else the first field that could not be matched: the
/// patterns are wider than the region and fit for a punt only.
/// </param>
public sealed record LoweringResult(
    ImmutableArray<ImmutableArray<FlowItem>> Patterns, ConsumedBits Consumed, MatchField? Missing)
{
    /// <summary>Fit for a drop or a pass: nothing outside the region is matched.</summary>
    public bool IsExact => Missing is null && !Patterns.IsEmpty;
}
