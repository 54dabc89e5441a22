using System.Collections.Immutable;
using NetPolNic.Offload.Lowering;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Planning.Groups;

/// <summary>What a policy says about one direction and family, whatever the pod's address is. No match has it.</summary>
/// <param name="Direction">Of the pod.</param>
/// <param name="Family">Of the address.</param>
/// <param name="Covers">Covers of few peers each, in order.</param>
/// <param name="MoreCovers">Covers of more peers each, in order.</param>
/// <param name="Blocks">Covers of peers and ports that overlap with those of a split, in the order of the chain.</param>
/// <param name="Split">Covers of peers whose ports tell them apart: ports first, then peers whatever the ports.</param>
/// <param name="Whole">Covers of peers whatever the ports, in the order of the chain.</param>
/// <param name="Exempt">Peers that always pass: the node.</param>
/// <param name="Drops">What is dropped where nothing covers it; empty where the NIC may drop nothing.</param>
/// <param name="Punts">What is left to the fallback, in the words of <paramref name="Sample"/>.</param>
/// <param name="Sample">The pod that the words are about.</param>
internal sealed record ContentTemplate(
    Direction Direction,
    IpFamily Family,
    ImmutableArray<(FlowMatch Match, ImmutableArray<RuleOrigin> Origins)> Covers,
    ImmutableArray<(FlowMatch Match, ImmutableArray<RuleOrigin> Origins)> MoreCovers,
    ImmutableArray<PeerBlock> Blocks,
    ImmutableArray<PeerBlock> Split,
    ImmutableArray<PeerBlock> Whole,
    PeerSet Exempt,
    ImmutableArray<FlowMatch> Drops,
    ImmutableArray<PuntedRegion> Punts,
    UnitContext Sample)
{
    /// <summary>The regions in the words of another pod with the same policy.</summary>
    internal IEnumerable<PuntedRegion> PuntsOf(UnitContext unit) => Punts.Select(punt => punt with
    {
        Pod = unit.Pod,
        Region = punt.Region.Replace(Sample.FromAny, unit.FromAny, StringComparison.Ordinal),
    });
}
