using NetPolNic.Offload.Lowering;
using NetPolNic.Policy.Model;

namespace NetPolNic.Offload.Planning;

/// <summary>Finds covers that another cover of the same pod and direction contains.</summary>
internal static class CoverPruner
{
    /// <summary>The covers that no other one contains.</summary>
    /// <param name="covers">Distinct covers of one address and direction.</param>
    /// <param name="direction">Ingress: the peer is the source; egress: the destination.</param>
    internal static HashSet<FlowMatch> Prune(IReadOnlyCollection<FlowMatch> covers, Direction direction)
    {
        bool ingress = direction == Direction.Ingress;
        Dictionary<FlowMatch, Shape> shapes = [];
        foreach (FlowMatch cover in covers)
        {
            FlowMatch key = WithoutPeer(cover, ingress);
            if (!shapes.TryGetValue(key, out Shape? shape))
            {
                shapes.Add(key, shape = new Shape());
            }

            shape.Peers.Add(ingress ? cover.Src : cover.Dst);
            shape.Lengths.Add((ingress ? cover.Src : cover.Dst).Length);
        }

        HashSet<FlowMatch> kept = [];
        foreach (FlowMatch cover in covers)
        {
            FlowMatch key = WithoutPeer(cover, ingress);
            IpPrefix peer = ingress ? cover.Src : cover.Dst;
            bool contained = shapes.Any(other => other.Key.Covers(key) && other.Value.Contains(peer, other.Key == key));
            if (!contained)
            {
                kept.Add(cover);
            }
        }

        return kept;
    }

    private static FlowMatch WithoutPeer(FlowMatch cover, bool ingress)
    {
        IpPrefix any = IpPrefix.Everything(cover.Family);
        return ingress ? cover with { Src = any } : cover with { Dst = any };
    }

    private sealed class Shape
    {
        internal HashSet<IpPrefix> Peers { get; } = [];

        internal SortedSet<int> Lengths { get; } = [];

        internal bool Contains(IpPrefix peer, bool sameShape)
        {
            foreach (int length in Lengths)
            {
                if (length > peer.Length || (sameShape && length == peer.Length))
                {
                    return false;
                }

                if (Peers.Contains(new IpPrefix(peer.Addr, length)))
                {
                    return true;
                }
            }

            return false;
        }
    }
}
