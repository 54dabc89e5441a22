using System.Collections.Immutable;
using NetPolNic.Offload.Lowering;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Planning;

/// <summary>What shall become of one address of a pod in one direction.</summary>
/// <param name="Unit">Which.</param>
/// <param name="Covers">Punts that every one of the drops depends on, with their lines of policy.</param>
/// <param name="Drops">Regions denied in every connection state, apart from the covers.</param>
/// <param name="Punts">What is left to the fallback.</param>
/// <param name="UsesLocalAddresses">It depends on which addresses the other local pods have.</param>
internal sealed record UnitPlan(
    UnitContext Unit,
    ImmutableArray<(FlowMatch Match, ImmutableArray<RuleOrigin> Origins)> Covers,
    ImmutableArray<FlowMatch> Drops,
    ImmutableArray<PuntedRegion> Punts,
    bool UsesLocalAddresses);
