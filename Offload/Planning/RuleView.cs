using System.Collections.Immutable;
using NetPolNic.Offload.Lowering;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Planning;

/// <summary>What one allow rule means for one protocol and family.</summary>
/// <param name="Peers">Peers of the family.</param>
/// <param name="Ports">Ports of the protocol.</param>
/// <param name="AllTraffic">The rule is for every IP protocol.</param>
/// <param name="Origins">Its lines of policy.</param>
internal sealed record RuleView(
    IReadOnlyList<IpPrefix> Peers,
    IReadOnlyList<L4Interval> Ports,
    bool AllTraffic,
    ImmutableArray<RuleOrigin> Origins)
{
    /// <summary>The rules of an isolated direction that allow something of the protocol and family.</summary>
    /// <param name="direction">The direction.</param>
    /// <param name="proto">The protocol.</param>
    /// <param name="family">The family.</param>
    /// <param name="symbols">As in <see cref="UnitContext.Symbols"/>.</param>
    /// <param name="ignoresExceptions">As in <see cref="UnitForm"/>.</param>
    internal static List<RuleView> Of(
        EndpointDirection direction,
        L4Proto proto,
        IpFamily family,
        IReadOnlyDictionary<PeerSet, IpPrefix>? symbols = null,
        bool ignoresExceptions = false)
    {
        List<RuleView> views = [];
        for (int i = 0; i < direction.Set.Rules.Length; i++)
        {
            AllowRule rule = direction.Set.Rules[i];
            IReadOnlyList<L4Interval> ports = rule.Ports.IsAllTraffic
                ? [L4Interval.Full]
                : [.. rule.Ports.Ranges.Where(r => r.Proto == proto).Select(r => new L4Interval(r.First, r.Last))];
            IReadOnlyList<IpPrefix> peers = ports.Count == 0 ? []
                : symbols is null ? PeersOf(rule, family, ignoresExceptions)
                : symbols.TryGetValue(rule.Peers, out IpPrefix symbol) ? [symbol] : [];
            if (peers.Count > 0)
            {
                views.Add(new RuleView(peers, ports, rule.Ports.IsAllTraffic, direction.RuleOrigins[i]));
            }
        }

        return views;
    }

    private static ImmutableArray<IpPrefix> PeersOf(AllowRule rule, IpFamily family, bool ignoresExceptions)
    {
        ImmutableArray<IpPrefix> peers = [.. rule.Peers.OfFamily(family)];
        return ignoresExceptions && PeerNesting.WithInner(peers) is { } nesting ? nesting.Widest : peers;
    }

    /// <summary>Whether the rule allows every port of the protocol.</summary>
    internal bool IsEveryPort => Ports is [{ IsFull: true }];
}
