using System.Numerics;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Lowering;
using NetPolNic.Policy.Model;

namespace NetPolNic.Offload.Planning;

/// <summary>
/// A union of rectangles (peer block × port interval), and few maximal rectangles with the same union: those that alone cover
/// something first, then the one that covers most of what is left, at last without those that turned out to be needless.
/// </summary>
internal sealed class CoverRegion
{
    // Port pieces are the bits of one word.
    private const int MostPieces = 64;

    private readonly MaskKind _portKind;
    private readonly IReadOnlyList<(IpPrefix Peer, L4Interval Ports)> _parts;
    private readonly List<ulong> _needed = [];
    private readonly List<Candidate> _candidates = [];
    private int[] _edges = [];

    /// <param name="parts">The rectangles, all of one family.</param>
    /// <param name="portKind">What intervals the port field can match.</param>
    internal CoverRegion(IReadOnlyList<(IpPrefix Peer, L4Interval Ports)> parts, MaskKind portKind)
    {
        _portKind = portKind;
        _parts = parts;
    }

    /// <summary>The rectangles, wide peers first; null where the ports have too many pieces.</summary>
    internal List<(IpPrefix Peer, L4Interval Ports)>? FewestRectangles()
    {
        // Blocks of what neighbours have in common may begin and end where no part does.
        SetEdges(_parts.Select(part => part.Ports));
        HashSet<ulong> sets = [];
        if (_edges.Length > MostPieces || !SetEdges(Blocks(MakeTree(), sets)) || _edges.Length > MostPieces + 1)
        {
            return null;
        }

        Node root = MakeTree();
        Walk(root, IpPrefix.Everything(_parts[0].Peer.Family), 0);
        return Choose();
    }

    private bool SetEdges(IEnumerable<L4Interval> intervals)
    {
        _edges = [.. _edges.Union(intervals.SelectMany(i => (int[])[i.First, i.Last + 1])).Order()];
        return true;
    }

    private IEnumerable<L4Interval> Blocks(Node node, HashSet<ulong> seen)
    {
        IEnumerable<L4Interval> own = seen.Add(node.Whole) ? BlocksOf(node.Whole).ToList() : [];
        return own.Concat(node.Zero is { } zero ? Blocks(zero, seen) : [])
            .Concat(node.One is { } one ? Blocks(one, seen) : []);
    }

    private Node MakeTree()
    {
        Node root = new();
        foreach ((IpPrefix peer, L4Interval ports) in _parts)
        {
            Node node = root;
            for (int depth = 0; depth < peer.Length; depth++)
            {
                bool one = ((peer.Addr.Value >> (peer.Addr.Bits - 1 - depth)) & 1) != 0;
                node = one ? node.One ??= new Node() : node.Zero ??= new Node();
            }

            node.Ports |= MaskOf(ports);
        }

        Fill(root, 0);
        return root;
    }

    // What every address below a node has: by blocks around it, or because both halves have it.
    private static ulong Fill(Node node, ulong above)
    {
        node.Ports |= above;
        ulong zero = node.Zero is { } left ? Fill(left, node.Ports) : node.Ports;
        ulong one = node.One is { } right ? Fill(right, node.Ports) : node.Ports;
        return node.Whole = node.Ports | (zero & one);
    }

    private void Walk(Node node, IpPrefix block, ulong whole)
    {
        int first = _needed.Count;
        List<Candidate> own =
        [
            .. BlocksOf(node.Whole).Where(ports => (MaskOf(ports) & ~whole) != 0)
                .Select(ports => new Candidate(block, ports, MaskOf(ports), first)),
        ];
        _candidates.AddRange(own);
        if (node.Zero is null && node.One is null)
        {
            _needed.Add(node.Ports);
        }
        else
        {
            Half(node.Zero, new IpPrefix(block.Addr, block.Length + 1));
            UInt128 bit = UInt128.One << (block.Addr.Bits - 1 - block.Length);
            Half(node.One, new IpPrefix(new IpAddr(block.Family, block.Addr.Value | bit), block.Length + 1));
        }

        own.ForEach(candidate => candidate.End = _needed.Count);

        void Half(Node? half, IpPrefix at)
        {
            if (half is not null)
            {
                Walk(half, at, node.Whole);
            }
            else
            {
                _needed.Add(node.Ports);
            }
        }
    }

    private List<(IpPrefix, L4Interval)> Choose()
    {
        ulong[] left = [.. _needed];
        List<Candidate> chosen = [];
        TakeEssential(left, chosen);
        while (Array.Exists(left, cells => cells != 0))
        {
            Take(_candidates.MaxBy(candidate => candidate.Gain(left))!, left, chosen);
        }

        for (int i = chosen.Count - 1; i >= 0; i--)
        {
            ulong[] without = [.. _needed];
            chosen.Where(other => other != chosen[i]).ToList().ForEach(other => other.Cover(without));
            if (Array.TrueForAll(without, cells => cells == 0))
            {
                chosen.RemoveAt(i);
            }
        }

        return [.. chosen.OrderBy(c => c.Peer).ThenBy(c => c.Ports.First).Select(c => (c.Peer, c.Ports))];
    }

    private void TakeEssential(ulong[] left, List<Candidate> chosen)
    {
        ulong[] once = new ulong[left.Length];
        ulong[] twice = new ulong[left.Length];
        foreach (Candidate candidate in _candidates)
        {
            for (int i = candidate.First; i < candidate.End; i++)
            {
                twice[i] |= once[i] & candidate.Mask;
                once[i] |= candidate.Mask;
            }
        }

        foreach (Candidate candidate in _candidates)
        {
            for (int i = candidate.First; i < candidate.End; i++)
            {
                if ((_needed[i] & candidate.Mask & ~twice[i]) != 0)
                {
                    Take(candidate, left, chosen);
                    break;
                }
            }
        }
    }

    private static void Take(Candidate candidate, ulong[] left, List<Candidate> chosen)
    {
        chosen.Add(candidate);
        candidate.Cover(left);
    }

    private ulong MaskOf(L4Interval ports)
    {
        ulong mask = 0;
        for (int i = 0; i + 1 < _edges.Length; i++)
        {
            mask |= ports.First <= _edges[i] && _edges[i + 1] <= ports.Last + 1 ? 1ul << i : 0;
        }

        return mask;
    }

    private List<L4Interval> BlocksOf(ulong pieces)
    {
        List<L4Interval> blocks = [];

        // A shift by the width of the word would be none at all.
        for (int i = 0; i < MostPieces && pieces >> i != 0; i++)
        {
            i += BitOperations.TrailingZeroCount(pieces >> i);
            int end = i + BitOperations.TrailingZeroCount(~(pieces >> i));
            L4Interval run = new((ushort)_edges[i], (ushort)(_edges[end] - 1));
            blocks.AddRange(PortExpansion.Expand(run, _portKind, int.MaxValue) ?? []);
            i = end;
        }

        return blocks;
    }

    private sealed class Node
    {
        internal Node? Zero { get; set; }

        internal Node? One { get; set; }

        /// <summary>Of this block and those around it.</summary>
        internal ulong Ports { get; set; }

        /// <summary>What all addresses of the block have.</summary>
        internal ulong Whole { get; set; }
    }

    private sealed class Candidate(IpPrefix peer, L4Interval ports, ulong mask, int first)
    {
        internal IpPrefix Peer { get; } = peer;

        internal L4Interval Ports { get; } = ports;

        internal ulong Mask { get; } = mask;

        internal int First { get; } = first;

        internal int End { get; set; }

        internal int Gain(ulong[] left)
        {
            int gain = 0;
            for (int i = First; i < End; i++)
            {
                gain += BitOperations.PopCount(left[i] & Mask);
            }

            return gain;
        }

        internal void Cover(ulong[] left)
        {
            for (int i = First; i < End; i++)
            {
                left[i] &= ~Mask;
            }
        }
    }
}
