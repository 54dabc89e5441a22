using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Offload.Lowering;

/// <summary>Prefixes with exceptions: a set of addresses as few blocks, and blocks within them that are not in the set.</summary>
/// <param name="Includes">Disjoint, ascending.</param>
/// <param name="Excludes">Disjoint, ascending, each within one of <paramref name="Includes"/>.</param>
internal sealed record PeerNesting(ImmutableArray<IpPrefix> Includes, ImmutableArray<IpPrefix> Excludes)
{
    // Of an IPv4 address: what is longer is not a block that somebody takes something out of, but a pod, or a few.
    private const int LongestBlock = 24;

    // A set that is on the brink shall not change its form with each peer.
    private const int Worth = 2;

    /// <summary>What is in the set all the same, within exceptions or outside of all blocks: disjoint, ascending.</summary>
    internal ImmutableArray<IpPrefix> Inner { get; init; } = [];

    internal int Count => Includes.Length + Excludes.Length + Inner.Length;

    /// <summary>Blocks that make up the set together with their exceptions: disjoint, ascending.</summary>
    internal ImmutableArray<IpPrefix> Widest =>
        [.. Includes.Concat(Inner.Where(peer => !Includes.Any(block => block.Contains(peer)))).Order()];

    /// <summary>
    /// As <see cref="Of"/>, or with single peers by themselves, where that is fewer: pods among the private blocks that the Internet
    /// is taken out of.
    /// </summary>
    /// <param name="prefixes">Of one family, disjoint, ascending, minimal.</param>
    internal static PeerNesting? WithInner(ImmutableArray<IpPrefix> prefixes)
    {
        PeerNesting? plain = Of(prefixes);
        ImmutableArray<IpPrefix> blocks = [.. prefixes.Where(IsBlock)];
        return blocks.Length < prefixes.Length && Of(blocks) is { } apart &&
            apart.Count + prefixes.Length - blocks.Length < (plain?.Count ?? prefixes.Length)
            ? apart with { Inner = [.. prefixes.Where(prefix => !IsBlock(prefix))] }
            : plain;
    }

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

    private static bool IsBlock(IpPrefix prefix) => prefix.Length <= prefix.Addr.Bits - 32 + LongestBlock;

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
