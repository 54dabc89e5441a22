using System.Collections.Immutable;
using NetPolNic.Offload.Lowering;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Planning.Groups;

/// <summary>What a group holds: equal nodes have equal rules apart from their lines of policy.</summary>
/// <param name="Direction">Of the pods that share it.</param>
/// <param name="Family">Of the packets that get there.</param>
/// <param name="Next">Where a packet goes on that nothing here matches; 0 for the last group, which punts it.</param>
/// <param name="Peers">
/// The peers of a block, in a last group those that always pass; null where <paramref name="Matches"/> has the peers.
/// </param>
/// <param name="Matches">Covers; shapes of a block; what a split tells apart; drops of a last group.</param>
/// <param name="Targets">Of a split: the group that each of the matches leads to.</param>
/// <param name="IsSecond">Covers that other groups may stand before.</param>
internal readonly record struct GroupContent(
    Direction Direction,
    IpFamily Family,
    uint Next,
    PeerSet? Peers,
    Sequence<FlowMatch> Matches,
    Sequence<uint> Targets = default,
    bool IsSecond = false)
{
    /// <summary>Tells packets apart by what they are, not by whom they are from or for.</summary>
    internal bool IsSplit => !Targets.Items.IsDefaultOrEmpty;
}

/// <summary>A group that is in use, or was until this update.</summary>
internal sealed class GroupNode
{
    private readonly List<(ImmutableArray<ImmutableArray<RuleOrigin>> Origins, RuleSet Rules)> _rules = [];

    internal required GroupContent Content { get; init; }

    internal required uint Number { get; init; }

    /// <summary>The group of a block's ports; 0 where there is none.</summary>
    internal uint Ports { get; init; }

    /// <summary>The group whose number and entries this one has taken over; only while it is being made.</summary>
    internal GroupNode? Before { get; set; }

    /// <summary>Contents that have it in their chain.</summary>
    internal int Users { get; set; }

    /// <summary>Its number belongs to another node now.</summary>
    internal bool IsTaken { get; set; }

    /// <summary>Rules without which nothing may lead here, in the order in which they are needed.</summary>
    internal ImmutableArray<RuleKey> Entry { get; set; } = [];

    /// <summary>Of a split: the groups of peers that it leads to.</summary>
    internal ImmutableArray<GroupNode> Targets { get; init; } = [];

    /// <summary>The prefixes of a block, apart from <see cref="Excludes"/>.</summary>
    internal ImmutableArray<IpPrefix> Prefixes { get; init; } = [];

    /// <summary>Blocks within <see cref="Prefixes"/> that are none of its peers.</summary>
    internal ImmutableArray<IpPrefix> Excludes { get; init; } = [];

    internal RuleSet? Find(ImmutableArray<ImmutableArray<RuleOrigin>> origins)
    {
        foreach ((ImmutableArray<ImmutableArray<RuleOrigin>> known, RuleSet rules) in _rules)
        {
            if (AreEqual(known, origins))
            {
                return rules;
            }
        }

        return null;
    }

    internal void Add(ImmutableArray<ImmutableArray<RuleOrigin>> origins, RuleSet rules) => _rules.Add((origins, rules));

    private static bool AreEqual(
        ImmutableArray<ImmutableArray<RuleOrigin>> left, ImmutableArray<ImmutableArray<RuleOrigin>> right)
    {
        bool equal = left.Length == right.Length;
        for (int i = 0; equal && i < left.Length; i++)
        {
            equal = left[i] == right[i] || left[i].AsSpan().SequenceEqual(right[i].AsSpan());
        }

        return equal;
    }
}
