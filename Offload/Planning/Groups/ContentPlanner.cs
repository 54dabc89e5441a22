using System.Collections.Immutable;
using NetPolNic.Offload.Lowering;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Planning.Groups;

/// <summary>
/// Plans what pods with the same policy share. A set of peers is one symbol while covers are planned, so that the cost does
/// not depend on how many peers there are.
/// </summary>
internal sealed class ContentPlanner
{
    private readonly UnitPlanner _units;
    private readonly FlowLowering _lowering;

    internal ContentPlanner(UnitPlanner units, FlowLowering lowering)
    {
        _units = units;
        _lowering = lowering;
    }

    /// <summary>Plans the policy of a unit.</summary>
    /// <param name="unit">The unit.</param>
    /// <param name="exempt">As in <see cref="ContentKey"/>.</param>
    internal ContentTemplate Plan(UnitContext unit, PeerSet exempt)
    {
        IpFamily family = unit.Own.Family;
        Direction direction = unit.Direction;
        Dictionary<PeerSet, IpPrefix> symbols = [];
        List<PeerSet> named = [];
        foreach (AllowRule rule in unit.New.Set.Rules.Concat(unit.Reverse.Set.Rules))
        {
            ImmutableArray<IpPrefix> peers = PeerBlock.PrefixesOf(rule.Peers, family);
            if (!peers.IsEmpty && !symbols.ContainsKey(rule.Peers))
            {
                bool every = peers is [{ Length: 0 }];
                symbols.Add(rule.Peers, every ? peers[0] : SymbolOf(family, named.Count));
                named.AddRange(every ? [] : [rule.Peers]);
            }
        }

        UnitPlan plan = _units.Plan(unit with { Exempt = [], Symbols = symbols });
        List<(FlowMatch Match, ImmutableArray<RuleOrigin> Origins)> few = [];
        List<(FlowMatch Match, ImmutableArray<RuleOrigin> Origins)> more = [];
        List<PeerBlock> blocks = [];
        List<(FlowMatch Shape, PeerSet Peers)> wide =
        [
            .. plan.Covers.Where(cover => cover.Match.Proto is null && PeerOf(cover.Match, direction).Length > 0)
                .Select(cover => (Erase(cover.Match), named[IndexOf(PeerOf(cover.Match, direction))])),
        ];
        foreach (var alike in plan.Drops.IsEmpty ? [] : plan.Covers.GroupBy(cover => PeerOf(cover.Match, direction)))
        {
            List<(FlowMatch Match, ImmutableArray<RuleOrigin> Origins)> shapes =
                [.. alike.Select(cover => (Erase(cover.Match), cover.Origins))];
            if (alike.Key.Length == 0)
            {
                few.AddRange(shapes);
                continue;
            }

            shapes.RemoveAll(shape => wide.Exists(
                all => all.Shape.CoversBesidesAddresses(shape.Match) && IsWithin(named[IndexOf(alike.Key)], all.Peers)));
            if (shapes.Count == 0)
            {
                continue;
            }

            PeerBlock block = new(
                family,
                named[IndexOf(alike.Key)],
                [.. shapes.Select(shape => shape.Match)],
                [.. shapes.Select(shape => shape.Origins)]);
            if (block.IsSmall)
            {
                (block.Prefixes.Length < PeerBlock.Medium ? few : more).AddRange(block.Prefixes.SelectMany(
                    peer => shapes.Select(shape => (WithPeer(shape.Match, peer, direction), shape.Origins))));
            }
            else
            {
                blocks.Add(block);
            }
        }

        blocks.Sort(PeerBlock.Compare);
        List<PeerBlock> split = SplitOf(blocks);
        return new ContentTemplate(
            direction,
            family,
            Fewest(few, direction),
            Fewest(more, direction),
            [.. blocks.Where(block => !block.IsWhole && !split.Contains(block))],
            [.. split],
            [.. blocks.Where(block => block.IsWhole)],
            exempt,
            [.. plan.Drops.Select(Erase)],
            plan.Punts,
            unit);
    }

    // A group of peers that comes after the ports is the same for all who have these peers, whatever their ports are. That takes
    // ports that tell which peers to look for. Large blocks first; within a size class the peers have no say.
    private static List<PeerBlock> SplitOf(List<PeerBlock> blocks)
    {
        List<PeerBlock> split = [];
        foreach (PeerBlock block in blocks.OrderByDescending(block => block.SizeClass))
        {
            if (!block.IsWhole && split.TrueForAll(block.IsApartFrom))
            {
                split.Add(block);
            }
        }

        return split;
    }

    private ImmutableArray<(FlowMatch Match, ImmutableArray<RuleOrigin> Origins)> Fewest(
        List<(FlowMatch Match, ImmutableArray<RuleOrigin> Origins)> covers, Direction direction)
    {
        Dictionary<FlowMatch, ImmutableArray<RuleOrigin>> origins = [];
        foreach ((FlowMatch match, ImmutableArray<RuleOrigin> lines) in covers)
        {
            origins[match] = origins.TryGetValue(match, out ImmutableArray<RuleOrigin> known)
                ? [.. known.Union(lines).Order()]
                : lines;
        }

        List<FlowMatch> kept = CoverPruner.Prune(origins.Keys, direction);
        var fewest = new CoverMinimiser(_lowering, direction).Minimise([.. kept.Select(match => (match, origins[match]))]);
        fewest.Sort((x, y) => FlowMatchOrder.Instance.Compare(x.Match, y.Match));
        return [.. fewest];
    }

    // What is covered whatever its ports are needs no cover by ports. The set itself is not within itself.
    private static bool IsWithin(PeerSet peers, PeerSet all) => !ReferenceEquals(peers, all) && !peers.Equals(all) &&
        all.Contains(peers.Prefixes[0].Addr) && all.Contains(peers.Prefixes[^1].Addr) && all.Contains(peers);

    // Even numbers: no two of them make up a block, so symbols are never aggregated.
    private static IpPrefix SymbolOf(IpFamily family, int index) =>
        IpPrefix.Host(new IpAddr(family, 2 * ((UInt128)index + 1)));

    private static int IndexOf(IpPrefix symbol) => (int)(symbol.Addr.Value / 2) - 1;

    private static IpPrefix PeerOf(FlowMatch match, Direction direction) =>
        direction == Direction.Ingress ? match.Src : match.Dst;

    private static FlowMatch WithPeer(FlowMatch shape, IpPrefix peer, Direction direction) =>
        direction == Direction.Ingress ? shape with { Src = peer } : shape with { Dst = peer };

    private static FlowMatch Erase(FlowMatch match) => match with
    {
        Src = IpPrefix.Everything(match.Family),
        Dst = IpPrefix.Everything(match.Family),
    };
}
