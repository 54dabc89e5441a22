using System.Collections.Immutable;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Lowering;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Planning;

/// <summary>
/// Fewer covers for the same packets: neighbouring peers with ports in common become one block, and what others cover together
/// goes. Covers that differ in more than peer and one port field are looked at apart.
/// </summary>
internal sealed class CoverMinimiser
{
    // Beyond this the search costs more than the entries; peers that many are aggregated by the resolver already.
    private const int MostCovers = 512;

    private readonly FlowLowering _lowering;
    private readonly bool _ingress;

    internal CoverMinimiser(FlowLowering lowering, Direction direction)
    {
        _lowering = lowering;
        _ingress = direction == Direction.Ingress;
    }

    /// <summary>Covers of one address and direction with the same union, and no more of them.</summary>
    internal List<(FlowMatch Match, ImmutableArray<RuleOrigin> Origins)> Minimise(
        List<(FlowMatch Match, ImmutableArray<RuleOrigin> Origins)> covers)
    {
        List<(FlowMatch, ImmutableArray<RuleOrigin>)> all = new(covers.Count);
        foreach (IGrouping<FlowMatch, (FlowMatch Match, ImmutableArray<RuleOrigin> Origins)> kind in covers.GroupBy(KindOf))
        {
            List<(FlowMatch Match, ImmutableArray<RuleOrigin> Origins)> before = [.. kind];
            all.AddRange(before.Count is > 1 and <= MostCovers ? Search(kind.Key, before) : before);
        }

        return all;
    }

    // The kind's own ports say which field is free: that one is empty here and the other one full, or as in the cover.
    private FlowMatch KindOf((FlowMatch Match, ImmutableArray<RuleOrigin> Origins) cover)
    {
        IpPrefix any = IpPrefix.Everything(cover.Match.Family);
        FlowMatch kind = _ingress ? cover.Match with { Src = any } : cover.Match with { Dst = any };
        return kind.SrcL4Ports.IsFull ? kind with { DstL4Ports = default } : kind with { SrcL4Ports = default };
    }

    private List<(FlowMatch, ImmutableArray<RuleOrigin>)> Search(
        FlowMatch kind, List<(FlowMatch Match, ImmutableArray<RuleOrigin> Origins)> before)
    {
        bool source = !kind.SrcL4Ports.IsFull;
        bool v4 = kind.Family == IpFamily.V4;
        MatchField peerField = _ingress
            ? (v4 ? MatchField.Ipv4Src : MatchField.Ipv6Src)
            : (v4 ? MatchField.Ipv4Dst : MatchField.Ipv6Dst);
        MaskKind portKind = kind.Proto is { } proto && L4Fields.ItemOf(proto) is not null
            ? _lowering.KindOf(L4Fields.Of(proto, source))
            : MaskKind.Any;
        if (_lowering.KindOf(peerField) < MaskKind.Prefix)
        {
            return before;
        }

        CoverRegion region = new([.. before.Select(cover => (PeerOf(cover.Match), PortsOf(cover.Match, source)))], portKind);
        List<(IpPrefix Peer, L4Interval Ports)>? found = region.FewestRectangles();
        if (found is null || found.Count >= before.Count)
        {
            return before;
        }

        return [.. found.Select(rectangle => (Match(kind, rectangle.Peer, rectangle.Ports, source), Origins(rectangle)))];

        ImmutableArray<RuleOrigin> Origins((IpPrefix Peer, L4Interval Ports) rectangle) =>
        [
            .. before.Where(cover => Overlap(PeerOf(cover.Match), rectangle.Peer) &&
                    PortsOf(cover.Match, source) is var ports &&
                    ports.First <= rectangle.Ports.Last && rectangle.Ports.First <= ports.Last)
                .SelectMany(cover => cover.Origins).Distinct().Order(),
        ];
    }

    private FlowMatch Match(FlowMatch kind, IpPrefix peer, L4Interval ports, bool source)
    {
        FlowMatch match = source ? kind with { SrcL4Ports = ports } : kind with { DstL4Ports = ports };
        return _ingress ? match with { Src = peer } : match with { Dst = peer };
    }

    private IpPrefix PeerOf(FlowMatch cover) => _ingress ? cover.Src : cover.Dst;

    private static L4Interval PortsOf(FlowMatch cover, bool source) => source ? cover.SrcL4Ports : cover.DstL4Ports;

    private static bool Overlap(IpPrefix left, IpPrefix right) => left.Contains(right) || right.Contains(left);
}
