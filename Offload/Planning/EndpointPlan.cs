using System.Collections.Immutable;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Planning;

/// <summary>What a plan says about one local pod, apart from the table's size and from passes. Immutable.</summary>
/// <param name="Endpoint">The pod.</param>
/// <param name="Sets">Rules by address and direction, each to be placed whole or not at all; without empty ones.</param>
/// <param name="Punts">What is left to the fallback.</param>
/// <param name="UsesLocalAddresses">It depends on which addresses the other local pods have.</param>
internal sealed record EndpointPlan(
    LocalEndpoint Endpoint,
    ImmutableArray<RuleSet> Sets,
    ImmutableArray<PuntedRegion> Punts,
    bool UsesLocalAddresses);
