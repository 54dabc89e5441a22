using System.Collections.Immutable;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Planning.Groups;

/// <summary>By what content is shared.</summary>
/// <param name="New">The policy.</param>
/// <param name="Reverse">That of the other direction.</param>
/// <param name="Exempt">Peers that always pass, besides the pod itself.</param>
/// <param name="Direction">Of the pod.</param>
/// <param name="Family">Of the address.</param>
internal readonly record struct ContentKey(
    EndpointDirection New, EndpointDirection Reverse, PeerSet Exempt, Direction Direction, IpFamily Family)
{
    internal static ContentKey Of(UnitContext unit, PeerSet exempt) =>
        new(unit.New, unit.Reverse, exempt, unit.Direction, unit.Own.Family);

    /// <summary>What always passes for a pod whatever its address is: its node.</summary>
    internal static PeerSet ExemptOf(LocalEndpoint endpoint) =>
        endpoint.ExemptPeers.Except(PeerSet.OfAddresses(endpoint.Addresses));
}

/// <summary>The groups of one policy, for every pod that has it.</summary>
internal sealed class SharedContent
{
    internal SharedContent(ContentKey key, ContentTemplate template)
    {
        Key = key;
        Template = template;
    }

    internal ContentKey Key { get; }

    internal ContentTemplate Template { get; }

    /// <summary>The groups, the last one first; empty where nothing is dropped or groups lack.</summary>
    internal ImmutableArray<(GroupNode Node, RuleSet Rules)> Chain { get; set; } = [];

    /// <summary>There are too few groups.</summary>
    internal bool LacksGroups { get; set; }

    /// <summary>Units that use it.</summary>
    internal int Users { get; set; }

    /// <summary>Where a pod's packets enter.</summary>
    internal GroupNode Head => Chain[^1].Node;
}
