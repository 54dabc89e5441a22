using NetPolNic.Policy.Model;

namespace NetPolNic.Offload.Lowering;

/// <summary>Few blocks around many prefixes.</summary>
internal static class PeerBlocks
{
    /// <summary>No more than so many disjoint blocks that contain all of the prefixes, parted at the widest gaps.</summary>
    /// <param name="prefixes">Of one family, disjoint, ascending, not empty.</param>
    /// <param name="most">At least 1.</param>
    internal static IReadOnlyList<IpPrefix> Around(IReadOnlyList<IpPrefix> prefixes, int most)
    {
        if (prefixes.Count <= most)
        {
            return prefixes;
        }

        // What two neighbours have in common is a node of the prefixes' tree, and no other two have the same: parting at those
        // nearest to the root leaves subtrees.
        List<int> parted =
        [
            .. Enumerable.Range(1, prefixes.Count - 1).OrderBy(i => CommonOf(prefixes[i - 1], prefixes[i])).ThenBy(i => i)
                .Take(most - 1).Order(),
        ];
        List<IpPrefix> blocks = new(most);
        int first = 0;
        foreach (int end in (IEnumerable<int>)[.. parted, prefixes.Count])
        {
            int length = end - first == 1 ? prefixes[first].Length : CommonOf(prefixes[first], prefixes[end - 1]);
            blocks.Add(new IpPrefix(prefixes[first].Addr, length));
            first = end;
        }

        return blocks;
    }

    // How long a prefix they have in common.
    private static int CommonOf(IpPrefix left, IpPrefix right)
    {
        int bits = left.Addr.Bits;
        int differing = 128 - (int)UInt128.LeadingZeroCount(left.Addr.Value ^ right.Addr.Value);
        return Math.Min(bits - differing, Math.Min(left.Length, right.Length));
    }
}
