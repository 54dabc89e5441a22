using System.Collections.Immutable;
using NetPolNic.Offload.Lowering;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Planning.Budget;

/// <summary>
/// Makes drops of single pairs, or of a pod and the peers of a prefix, that are exact without a cover (I1). Nothing may be
/// allowed between the two: with every port denied in both roles the whole protocol goes; where a reply may be among it,
/// packets that open a TCP connection go, if the NIC can tell them.
/// </summary>
internal sealed class PairPlanner
{
    private readonly FlowLowering _lowering;
    private readonly RuleTemplate? _drop;
    private readonly ImmutableArray<RuleSet> _basis;
    private readonly ImmutableArray<RuleKey> _basisKeys;
    private readonly RuleFactory _rules;
    private readonly PlanOptions _options;

    /// <param name="lowering">The NIC's.</param>
    /// <param name="drop">How these drops look; null: the NIC cannot drop.</param>
    /// <param name="basis">What any rule needs where rules are in groups; else null.</param>
    /// <param name="rules">Makes the rules.</param>
    /// <param name="options">What plans shall look like.</param>
    internal PairPlanner(
        FlowLowering lowering, RuleTemplate? drop, RuleSet? basis, RuleFactory rules, PlanOptions options)
    {
        _lowering = lowering;
        _drop = drop;
        _basis = basis is null ? [] : [basis];
        _basisKeys = basis is null ? [] : [.. basis.Punts.Select(rule => rule.Key)];
        _rules = rules;
        _options = options;
    }

    /// <summary>
    /// The drop of as many peers around one as may be dropped like it, or null where none is exact: a sender's neighbours
    /// are dropped by the same rule.
    /// </summary>
    /// <param name="pair">Two addresses.</param>
    /// <param name="local">The pods.</param>
    internal PairDrop? Widest(PairKey pair, PairEnds local)
    {
        if (Plan(pair, local) is not { } narrow)
        {
            return null;
        }

        bool ingress = narrow.Set.Direction == Direction.Ingress;
        IpAddr peer = ingress ? pair.Src.Addr : pair.Dst.Addr;
        local.TryFind(IpPrefix.Host(narrow.Set.Own), out LocalEndpoint? pod);
        int length = Math.Max(local.RoomAround(peer), PeerRoom.Around(pod!.ExemptPeers, peer));
        EndpointDirection denying = ingress ? pod.Ingress : pod.Egress;
        EndpointDirection replying = ingress ? pod.Egress : pod.Ingress;
        foreach (AllowRule rule in narrow.Form == PairForm.BareSyn
            ? denying.Set.Rules
            : denying.Set.Rules.Concat(replying.Set.Rules))
        {
            length = Speaks(rule, (L4Proto)pair.Proto) ? Math.Max(length, PeerRoom.Around(rule.Peers, peer)) : length;
        }

        if (length == peer.Bits)
        {
            return narrow;
        }

        IpPrefix wide = new(peer, length);
        return Plan(ingress ? pair with { Src = wide } : pair with { Dst = wide }, local) ?? narrow;
    }

    /// <summary>The drop, or null where none is exact.</summary>
    /// <param name="pair">Which pair.</param>
    /// <param name="local">The pods.</param>
    internal PairDrop? Plan(PairKey pair, PairEnds local)
    {
        bool known = pair.Proto is (byte)L4Proto.Tcp or (byte)L4Proto.Udp or (byte)L4Proto.Sctp;
        if (!known || _drop is null || pair.Src == pair.Dst || pair.Src.Family != pair.Dst.Family ||
            !local.TryFind(pair.Src, out LocalEndpoint? src) || !local.TryFind(pair.Dst, out LocalEndpoint? dst) ||
            (src is not null && PeerRoom.Overlaps(src.ExemptPeers, pair.Dst)) ||
            (dst is not null && PeerRoom.Overlaps(dst.ExemptPeers, pair.Src)))
        {
            return null;
        }

        L4Proto proto = (L4Proto)pair.Proto;
        bool deniedByDst = dst is not null && DeniesAll(dst.Ingress, pair.Src, proto);
        bool deniedBySrc = src is not null && DeniesAll(src.Egress, pair.Dst, proto);
        if (!deniedByDst && !deniedBySrc)
        {
            return null;
        }

        // A reply would belong to a connection from Dst to Src.
        bool noReplies = (dst is not null && DeniesAll(dst.Egress, pair.Src, proto)) ||
            (src is not null && DeniesAll(src.Ingress, pair.Dst, proto));
        (LocalEndpoint Pod, IpAddr Own, Direction Direction, EndpointDirection Policy) owner = deniedByDst
            ? (dst!, pair.Dst.Addr, Direction.Ingress, dst!.Ingress)
            : (src!, pair.Src.Addr, Direction.Egress, src!.Egress);
        foreach ((PairForm form, FlowMatch region) in Forms(pair, noReplies && !_options.KeepEstablished))
        {
            if (_lowering.Lower(region).IsExact)
            {
                string pod = UnitContext.NameOf(owner.Pod);
                ImmutableArray<PlannedRule> drops =
                [
                    .. _rules.Rules(
                        region, _drop, RuleVerdict.Drop, pod, owner.Direction, owner.Policy.IsolatedBy, _basisKeys)
                        .Select(rule => rule with { IsHotPair = true }),
                ];
                return new PairDrop(pair, form, new RuleSet(pod, owner.Direction, [], drops) { Own = owner.Own, Shared = _basis });
            }
        }

        return null;
    }

    private static IEnumerable<(PairForm Form, FlowMatch Region)> Forms(PairKey pair, bool whole)
    {
        FlowMatch ends = new(pair.Src.Family, pair.Src, pair.Dst) { Proto = pair.Proto };
        FlowMatch byL4 = ends with { ProtoBy = ProtoBy.L4, NotFragment = true };
        if (whole)
        {
            yield return (PairForm.Header, ends with { ProtoBy = ProtoBy.Header });
            yield return (PairForm.L4, byL4);
        }

        if (pair.Proto == (byte)L4Proto.Tcp)
        {
            yield return (
                PairForm.BareSyn, byL4 with { TcpFlagsSpec = FlowMatch.BareSyn, TcpFlagsMask = FlowMatch.SynMask });
        }
    }

    // No port of the protocol is allowed with any of those peers.
    private static bool DeniesAll(EndpointDirection policy, IpPrefix peers, L4Proto proto)
    {
        if (!policy.Set.IsIsolated)
        {
            return false;
        }

        foreach (AllowRule rule in policy.Set.Rules)
        {
            if (Speaks(rule, proto) && PeerRoom.Overlaps(rule.Peers, peers))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Speaks(AllowRule rule, L4Proto proto)
    {
        bool speaks = rule.Ports.IsAllTraffic;
        for (int i = 0; i < rule.Ports.Ranges.Length && !speaks; i++)
        {
            speaks = rule.Ports.Ranges[i].Proto == proto;
        }

        return speaks;
    }
}
