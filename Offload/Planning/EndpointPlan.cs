using System.Collections.Immutable;
using NetPolNic.Offload.Planning.Groups;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Planning;

/// <summary>What a plan says about one local pod, apart from the table's size and from passes.</summary>
internal sealed class EndpointPlan
{
    private readonly Lazy<ImmutableArray<PuntedRegion>> _punts;

    internal EndpointPlan(
        LocalEndpoint endpoint,
        ImmutableArray<RuleSet> sets,
        int puntCount,
        Func<ImmutableArray<PuntedRegion>> punts,
        bool usesLocalAddresses)
    {
        Endpoint = endpoint;
        Sets = sets;
        PuntCount = puntCount;
        _punts = new Lazy<ImmutableArray<PuntedRegion>>(punts);
        UsesLocalAddresses = usesLocalAddresses;
    }

    /// <summary>The pod.</summary>
    internal LocalEndpoint Endpoint { get; }

    /// <summary>Rules by address and direction, each to be placed whole or not at all; without empty ones.</summary>
    internal ImmutableArray<RuleSet> Sets { get; }

    /// <summary>What is left to the fallback; made when first asked for.</summary>
    internal ImmutableArray<PuntedRegion> Punts => _punts.Value;

    /// <summary>How many regions are.</summary>
    internal int PuntCount { get; }

    /// <summary>
    /// It depends on which addresses the other local pods have: for want of priorities only what they send each other is
    /// dropped.
    /// </summary>
    internal bool UsesLocalAddresses { get; }

    /// <summary>What it shares with other pods, once for each use.</summary>
    internal ImmutableArray<SharedContent> Contents { get; init; } = [];

    /// <summary>There were too few groups for all of it.</summary>
    internal bool LacksGroups { get; init; }
}
