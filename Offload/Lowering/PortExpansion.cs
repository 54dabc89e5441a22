using System.Numerics;
using NetPolNic.Offload.Capabilities;

namespace NetPolNic.Offload.Lowering;

/// <summary>Splits port intervals into pieces that a field of a given mask kind can match.</summary>
public static class PortExpansion
{
    /// <summary>The fewest aligned power-of-two blocks that make up the interval, ascending (at most 30).</summary>
    public static IReadOnlyList<L4Interval> ToBlocks(L4Interval interval)
    {
        List<L4Interval> blocks = [];
        int next = interval.First;
        while (next <= interval.Last)
        {
            int alignment = next == 0 ? 1 << 16 : next & -next;
            int rest = interval.Last - next + 1;
            int size = Math.Min(alignment, 1 << BitOperations.Log2((uint)rest));
            blocks.Add(new L4Interval((ushort)next, (ushort)(next + size - 1)));
            next += size;
        }

        return blocks;
    }

    /// <summary>
    /// Pieces that together are exactly the interval, each matchable by <paramref name="kind"/>; else null.
    /// </summary>
    /// <param name="interval">What to match.</param>
    /// <param name="kind">What the field can do.</param>
    /// <param name="maxPieces">More pieces than this are too many: null.</param>
    public static IReadOnlyList<L4Interval>? Expand(L4Interval interval, MaskKind kind, int maxPieces)
    {
        if (interval.IsFull || kind == MaskKind.Range || (interval.IsSingle && kind >= MaskKind.Exact))
        {
            return [interval];
        }

        switch (kind)
        {
            case MaskKind.None:
                return null;
            case MaskKind.Exact:
                int count = interval.Last - interval.First + 1;
                return count > maxPieces
                    ? null
                    : [.. Enumerable.Range(interval.First, count).Select(p => new L4Interval((ushort)p, (ushort)p))];
            default:
                IReadOnlyList<L4Interval> blocks = ToBlocks(interval);
                return blocks.Count > maxPieces ? null : blocks;
        }
    }
}
