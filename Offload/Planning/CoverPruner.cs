using NetPolNic.Offload.Lowering;
using NetPolNic.Policy.Model;

namespace NetPolNic.Offload.Planning;

/// <summary>Finds covers that another cover of the same pod and direction contains.</summary>
internal static class CoverPruner
{
    /// <summary>The covers that no other one contains.</summary>
    /// <param name="covers">Distinct covers of one address and direction.</param>
    /// <param name="direction">Ingress: the peer is the source; egress: the destination.</param>
    internal static List<FlowMatch> Prune(IReadOnlyCollection<FlowMatch> covers, Direction direction)
    {
        bool ingress = direction == Direction.Ingress;
        Dictionary<Shape, Peers> shapes = [];
        foreach (FlowMatch cover in covers)
        {
            Shape shape = Shape.Of(cover);
            if (!shapes.TryGetValue(shape, out Peers? peers))
            {
                shapes.Add(shape, peers = new Peers(cover));
            }

            peers.Add(ingress ? cover.Src : cover.Dst);
        }

        FindWider(shapes.Values);
        List<FlowMatch> kept = new(covers.Count);
        foreach (FlowMatch cover in covers)
        {
            Peers own = shapes[Shape.Of(cover)];
            IpPrefix peer = ingress ? cover.Src : cover.Dst;
            if (!own.Contains(peer, strictly: true) && !own.Wider.Exists(wider => wider.Contains(peer, strictly: false)))
            {
                kept.Add(cover);
            }
        }

        return kept;
    }

    // Far fewer than covers: peers of one rule have one shape for each of its ports.
    private static void FindWider(Dictionary<Shape, Peers>.ValueCollection shapes)
    {
        foreach (Peers narrow in shapes)
        {
            foreach (Peers wide in shapes)
            {
                if (!ReferenceEquals(narrow, wide) && wide.Sample.CoversBesidesAddresses(narrow.Sample))
                {
                    narrow.Wider.Add(wide);
                }
            }
        }
    }

    /// <summary>What a cover is apart from its addresses.</summary>
    private readonly record struct Shape(
        int Proto, ProtoBy ProtoBy, L4Interval Src, L4Interval Dst, byte FlagsSpec, byte FlagsMask, bool NotFragment, bool ExceptBareSyn)
    {
        internal static Shape Of(FlowMatch match) => new(
            match.Proto ?? -1,
            match.ProtoBy,
            match.SrcL4Ports,
            match.DstL4Ports,
            match.TcpFlagsSpec,
            match.TcpFlagsMask,
            match.NotFragment,
            match.ExceptBareSyn);
    }

    /// <summary>The peers of one shape.</summary>
    private sealed class Peers(FlowMatch sample)
    {
        private readonly HashSet<IpPrefix> _prefixes = [];
        private readonly SortedSet<int> _lengths = [];

        internal FlowMatch Sample { get; } = sample;

        internal List<Peers> Wider { get; } = [];

        internal void Add(IpPrefix peer)
        {
            _prefixes.Add(peer);
            _lengths.Add(peer.Length);
        }

        internal bool Contains(IpPrefix peer, bool strictly)
        {
            foreach (int length in _lengths)
            {
                if (length > peer.Length || (strictly && length == peer.Length))
                {
                    return false;
                }

                if (_prefixes.Contains(new IpPrefix(peer.Addr, length)))
                {
                    return true;
                }
            }

            return false;
        }
    }
}
