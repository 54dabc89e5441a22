using System.Numerics;
using NetPolNic.Offload.Capabilities;

namespace NetPolNic.Offload.Tests.Exhaustive;

/// <summary>
/// The fewest rectangles (aligned block of peers × ports that one rule can match) that make up a set of cells, found by search: one
/// bit for each of 8 peers × 8 ports, the peer in the upper three bits.
/// </summary>
internal static class OptimalCovers
{
    private static readonly Dictionary<MaskKind, ulong[]> s_rectangles = new[] { MaskKind.Exact, MaskKind.Any, MaskKind.Range }
        .ToDictionary(
            kind => kind,
            kind => (ulong[])[.. from peers in Blocks() from ports in PortsOf(kind) select Rectangle(peers, ports)]);

    /// <summary>The least number whose union is exactly <paramref name="cells"/>.</summary>
    /// <param name="cells">What is to be covered.</param>
    /// <param name="ports">What a rule can match of a port.</param>
    internal static int Count(ulong cells, MaskKind ports)
    {
        ulong[] inside = [.. s_rectangles[ports].Where(rectangle => (rectangle & ~cells) == 0)];
        ulong[] maximal = [.. inside.Where(r => !inside.Any(other => other != r && (r & ~other) == 0))];
        int limit = 0;
        while (!Suffices(cells, maximal, limit))
        {
            limit++;
        }

        return limit;
    }

    /// <summary>The cells of a rectangle.</summary>
    internal static ulong Rectangle((int First, int Size) peers, (int First, int Size) ports)
    {
        ulong cells = 0;
        for (int peer = peers.First; peer < peers.First + peers.Size; peer++)
        {
            cells |= ((1ul << ports.Size) - 1) << ((peer * 8) + ports.First);
        }

        return cells;
    }

    // Some rectangle has to cover the first cell that is left.
    private static bool Suffices(ulong left, ulong[] rectangles, int limit)
    {
        if (left == 0 || limit == 0)
        {
            return left == 0;
        }

        ulong first = 1ul << BitOperations.TrailingZeroCount(left);
        foreach (ulong rectangle in rectangles)
        {
            if ((rectangle & first) != 0 && Suffices(left & ~rectangle, rectangles, limit - 1))
            {
                return true;
            }
        }

        return false;
    }

    private static IEnumerable<(int First, int Size)> PortsOf(MaskKind kind) => kind switch
    {
        MaskKind.Exact => Blocks().Where(block => block.Size == 1),
        MaskKind.Range => from first in Enumerable.Range(0, 8) from size in Enumerable.Range(1, 8 - first) select (first, size),
        _ => Blocks(),
    };

    private static IEnumerable<(int First, int Size)> Blocks() =>
        from bits in Enumerable.Range(0, 4)
        from i in Enumerable.Range(0, 8 >> bits)
        select (i << bits, 1 << bits);
}
