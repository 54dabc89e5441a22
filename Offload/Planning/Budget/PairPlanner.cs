using System.Collections.Immutable;
using NetPolNic.Offload.Lowering;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Planning.Budget;

/// <summary>
/// Makes drops of single pairs that are exact without a cover (I1). Nothing may be allowed between the two addresses: with
/// every port denied in both roles the whole protocol goes; where a reply may be among it, packets that open a TCP
/// connection go, if the NIC can tell them.
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

    /// <summary>The drop, or null where none is exact.</summary>
    /// <param name="pair">Which pair.</param>
    /// <param name="local">The pods.</param>
    internal PairDrop? Plan(PairKey pair, PairEnds local)
    {
        bool known = pair.Proto is (byte)L4Proto.Tcp or (byte)L4Proto.Udp or (byte)L4Proto.Sctp;
        if (!known || _drop is null || pair.Src == pair.Dst || pair.Src.Family != pair.Dst.Family ||
            !local.TryFind(pair.Src, out LocalEndpoint? src) || !local.TryFind(pair.Dst, out LocalEndpoint? dst) ||
            (src?.ExemptPeers.Contains(pair.Dst) ?? false) || (dst?.ExemptPeers.Contains(pair.Src) ?? false))
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
            ? (dst!, pair.Dst, Direction.Ingress, dst!.Ingress)
            : (src!, pair.Src, Direction.Egress, src!.Egress);
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
        FlowMatch hosts = new(pair.Src.Family, IpPrefix.Host(pair.Src), IpPrefix.Host(pair.Dst)) { Proto = pair.Proto };
        FlowMatch byL4 = hosts with { ProtoBy = ProtoBy.L4, NotFragment = true };
        if (whole)
        {
            yield return (PairForm.Header, hosts with { ProtoBy = ProtoBy.Header });
            yield return (PairForm.L4, byL4);
        }

        if (pair.Proto == (byte)L4Proto.Tcp)
        {
            yield return (
                PairForm.BareSyn, byL4 with { TcpFlagsSpec = FlowMatch.BareSyn, TcpFlagsMask = FlowMatch.SynMask });
        }
    }

    // No port of the protocol is allowed with that peer.
    private static bool DeniesAll(EndpointDirection policy, IpAddr peer, L4Proto proto)
    {
        if (!policy.Set.IsIsolated)
        {
            return false;
        }

        foreach (AllowRule rule in policy.Set.Rules)
        {
            bool speaks = rule.Ports.IsAllTraffic;
            for (int i = 0; i < rule.Ports.Ranges.Length && !speaks; i++)
            {
                speaks = rule.Ports.Ranges[i].Proto == proto;
            }

            if (speaks && rule.Peers.Contains(peer))
            {
                return false;
            }
        }

        return true;
    }
}
