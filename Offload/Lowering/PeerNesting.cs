using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Offload.Lowering;

/// <summary>Prefixes with exceptions: a set of addresses as few blocks, and blocks within them that are not in the set.</summary>
/// <param name="Includes">Disjoint, ascending.</param>
/// <param name="Excludes">Disjoint, ascending, each within one of <paramref name="Includes"/>.</param>
internal sealed record PeerNesting(ImmutableArray<IpPrefix> Includes, ImmutableArray<IpPrefix> Excludes)
{
    // A set that is on the brink shall not change its form with each peer.
    private const int Worth = 2;

    internal int Count => Includes.Length + Excludes.Length;

    /// <summary>The fewest blocks and exceptions that make up a set, where they are less than half of its prefixes; else null.</summary>
    /// <param name="prefixes">Of one family, disjoint, ascending, minimal.</param>
    internal static PeerNesting? Of(ImmutableArray<IpPrefix> prefixes)
    {
        // A block with exceptions falls apart into prefixes of all lengths: sets of single addresses, which are long, have none.
        if (prefixes.Length <= Worth || prefixes.Count(prefix => prefix.Length == prefix.Addr.Bits) > prefixes.Length / Worth)
        {
            return null;
        }

        PeerNesting nesting = Under(prefixes.AsSpan(), IpPrefix.Everything(prefixes[0].Family), prefixes.Length / Worth).Best;
        return Worth * nesting.Count < prefixes.Length ? nesting : null;
    }

    // Best: the block by itself. Excluded: what has to be taken out where the block is in; null where that is more than so many.
    private static (PeerNesting Best, ImmutableArray<IpPrefix>? Excluded) Under(
        ReadOnlySpan<IpPrefix> prefixes, IpPrefix block, int most)
    {
        if (prefixes.IsEmpty)
        {
            return (new PeerNesting([], []), [block]);
        }

        if (prefixes[0] == block)
        {
            return (new PeerNesting([block], []), []);
        }

        UInt128 half = UInt128.One << (block.Addr.Bits - 1 - block.Length);
        IpPrefix zero = new(block.Addr, block.Length + 1);
        IpPrefix one = new(new IpAddr(block.Family, block.Addr.Value | half), block.Length + 1);
        int middle = 0;
        while (middle < prefixes.Length && zero.Contains(prefixes[middle]))
        {
            middle++;
        }

        var left = Under(prefixes[..middle], zero, most);
        var right = Under(prefixes[middle..], one, most);
        PeerNesting apart = new(
            [.. left.Best.Includes, .. right.Best.Includes], [.. left.Best.Excludes, .. right.Best.Excludes]);
        ImmutableArray<IpPrefix>? excluded = left.Excluded is { } some && right.Excluded is { } more &&
            some.Length + more.Length <= most
            ? [.. some, .. more]
            : null;
        return (excluded is { } outside && 1 + outside.Length < apart.Count ? new PeerNesting([block], outside) : apart, excluded);
    }
}
