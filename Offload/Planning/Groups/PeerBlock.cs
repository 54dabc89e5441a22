using System.Collections.Immutable;
using NetPolNic.Offload.Lowering;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Planning.Groups;

/// <summary>Peers that are covered alike: what all of them may send, or receive, belongs to the fallback.</summary>
/// <param name="Family">Of the peers.</param>
/// <param name="Peers">Whose prefixes of the family are meant.</param>
/// <param name="Shapes">Covers without addresses, in order; no two with the same packets.</param>
/// <param name="Origins">Lines of policy of each shape.</param>
internal sealed record PeerBlock(
    IpFamily Family,
    PeerSet Peers,
    ImmutableArray<FlowMatch> Shapes,
    ImmutableArray<ImmutableArray<RuleOrigin>> Origins)
{
    /// <summary>Blocks of fewer prefixes may be covered one by one.</summary>
    internal const int Small = 16;

    /// <summary>
    /// Small blocks of as many prefixes stand together behind smaller ones: pods that differ in those have these in common.
    /// </summary>
    internal const int Medium = 8;

    /// <summary>Blocks of as many prefixes come last, so that they are shared.</summary>
    internal const int Large = 256;

    /// <summary>Rules of two stages besides those of peers and shapes.</summary>
    private const int TwoStageRest = 5;

    /// <summary>The prefixes, ascending.</summary>
    internal ImmutableArray<IpPrefix> Prefixes { get; } = PrefixesOf(Peers, Family);

    /// <summary>The prefixes as fewer blocks with exceptions; null where that is not worth while.</summary>
    /// <remarks>
    /// Peers within exceptions are stronger than those. Covers of replies by themselves are weaker, as bare SYNs are.
    /// </remarks>
    internal PeerNesting? Nesting =>
        Shapes is [{ ExceptBareSyn: true }] ? PeerNesting.Of(Prefixes) : PeerNesting.WithInner(Prefixes);

    /// <summary>Few enough covers to stand with those of other blocks in a group that is replaced as a whole.</summary>
    internal bool IsSmall => Prefixes.Length < Small &&
        Prefixes.Length * Shapes.Length <= Prefixes.Length + Shapes.Length + TwoStageRest;

    /// <summary>Whatever protocol and port.</summary>
    internal bool IsWhole => Shapes is [{ Proto: null, ExceptBareSyn: false }];

    /// <summary>How much it is worth to have the peers once: by the rules that they take, however many prefixes that are.</summary>
    internal int SizeClass { get; } = ClassOf(PrefixesOf(Peers, Family));

    private static int ClassOf(ImmutableArray<IpPrefix> prefixes)
    {
        int rules = PeerNesting.WithInner(prefixes)?.Count ?? prefixes.Length;
        return rules >= Large ? 2 : rules >= Small ? 1 : 0;
    }

    /// <summary>The peers whatever the ports.</summary>
    internal PeerBlock ToWhole()
    {
        IpPrefix any = IpPrefix.Everything(Family);
        ImmutableArray<RuleOrigin> lines = Origins.Length == 1 ? Origins[0] : [.. Origins.SelectMany(some => some).Distinct().Order()];
        return IsWhole ? this : this with { Shapes = [new FlowMatch(Family, any, any)], Origins = [lines] };
    }

    /// <summary>Whether no packet is in a shape of both, whatever its addresses are.</summary>
    internal bool IsApartFrom(PeerBlock other)
    {
        foreach (FlowMatch shape in Shapes)
        {
            foreach (FlowMatch others in other.Shapes)
            {
                if (shape.OverlapsBesidesAddresses(others))
                {
                    return false;
                }
            }
        }

        return true;
    }

    /// <summary>Prefixes of a family, ascending.</summary>
    internal static ImmutableArray<IpPrefix> PrefixesOf(PeerSet peers, IpFamily family)
    {
        ImmutableArray<IpPrefix> all = peers.Prefixes;
        return all.IsEmpty || (all[0].Family == family && all[^1].Family == family) ? all : [.. peers.OfFamily(family)];
    }

    /// <summary>
    /// The order in a chain: larger blocks later. Within a size class the peers have no say, so that a peer more or less
    /// does not move a block.
    /// </summary>
    internal static int Compare(PeerBlock left, PeerBlock right)
    {
        int order = left.SizeClass.CompareTo(right.SizeClass);
        for (int i = 0; order == 0 && i < Math.Min(left.Shapes.Length, right.Shapes.Length); i++)
        {
            order = FlowMatchOrder.Instance.Compare(left.Shapes[i], right.Shapes[i]);
        }

        order = order != 0 ? order : left.Shapes.Length.CompareTo(right.Shapes.Length);
        return order != 0 ? order : left.Prefixes.AsSpan().SequenceCompareTo(right.Prefixes.AsSpan());
    }
}
