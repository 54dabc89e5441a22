using System.Collections.Immutable;
using System.Runtime.InteropServices;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Lowering;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Planning;

/// <summary>
/// The punt covers of one address and direction: regions that a drop must not hit, each already in pieces that the NIC
/// can match. What it cannot match is widened, never narrowed.
/// </summary>
internal sealed class CoverSet
{
    private readonly FlowLowering _lowering;
    private readonly int _maxExpansion;
    private readonly bool _ingress;
    private readonly FlowMatch _any;

    internal CoverSet(FlowLowering lowering, int maxExpansion, IpAddr own, Direction direction)
    {
        _lowering = lowering;
        _maxExpansion = maxExpansion;
        _ingress = direction == Direction.Ingress;
        IpPrefix host = IpPrefix.Host(own);
        IpPrefix any = IpPrefix.Everything(own.Family);
        _any = _ingress ? new FlowMatch(own.Family, any, host) : new FlowMatch(own.Family, host, any);
    }

    internal Dictionary<FlowMatch, ImmutableArray<RuleOrigin>> Matches { get; } = [];

    /// <summary>Fields that could not be matched, so that a cover became wider than its region.</summary>
    internal SortedSet<MatchField> Widened { get; } = [];

    /// <summary>Adds every protocol of a peer.</summary>
    internal void AddPeer(IpPrefix peer, ImmutableArray<RuleOrigin> origins) => Add(peer, _any, origins);

    /// <summary>Adds every protocol of a peer, whoever's packets they are: one cover for all pods.</summary>
    internal void AddPeerOfAll(IpPrefix peer)
    {
        IpPrefix any = IpPrefix.Everything(peer.Family);
        Add(peer, new FlowMatch(peer.Family, any, any), []);
    }

    /// <summary>Adds every protocol of a peer, apart from bare SYNs.</summary>
    internal void AddPeerReplies(IpPrefix peer, ImmutableArray<RuleOrigin> origins) =>
        Add(peer, _any with { ExceptBareSyn = true }, origins);

    /// <summary>Adds one protocol of a peer, by the header's byte: all ports, fragments included.</summary>
    internal void AddProtocol(IpPrefix peer, L4Proto proto, ImmutableArray<RuleOrigin> origins) =>
        Add(peer, _any with { Proto = (byte)proto, ProtoBy = ProtoBy.Header }, origins);

    /// <summary>Adds packets to ports of the far end of the packet: those of a connection's own direction.</summary>
    internal void AddNew(RuleView rule, L4Proto proto)
    {
        foreach (L4Interval ports in rule.Ports)
        {
            foreach (L4Interval piece in Pieces(proto, ports, source: false))
            {
                FlowMatch shape = Region(proto) with { DstL4Ports = piece };
                foreach (IpPrefix peer in rule.Peers)
                {
                    Add(peer, shape, rule.Origins);
                }
            }
        }
    }

    /// <summary>Adds replies: packets from ports that a connection of the other direction may go to.</summary>
    /// <param name="rule">What the other direction may connect to.</param>
    /// <param name="proto">Its protocol.</param>
    /// <param name="syn">What becomes of TCP packets with SYN and without ACK, which are never replies.</param>
    internal void AddReplies(RuleView rule, L4Proto proto, BareSyns syn)
    {
        bool exceptBareSyn = syn == BareSyns.ByFlags;
        foreach (L4Interval ports in rule.Ports)
        {
            foreach (L4Interval piece in Pieces(proto, ports, source: true))
            {
                FlowMatch reply = Region(proto) with { SrcL4Ports = piece, ExceptBareSyn = syn == BareSyns.Above };

                // Not (SYN and no ACK) is ACK, or no SYN.
                FlowMatch ack = reply with { TcpFlagsSpec = 0x10, TcpFlagsMask = 0x10 };
                FlowMatch noSyn = reply with { TcpFlagsSpec = 0x00, TcpFlagsMask = 0x02 };
                foreach (IpPrefix peer in rule.Peers)
                {
                    Add(peer, exceptBareSyn ? ack : reply, rule.Origins);
                    if (exceptBareSyn)
                    {
                        Add(peer, noSyn, rule.Origins);
                    }
                }
            }
        }
    }

    /// <summary>Whether one cover contains the whole region, so that a drop of it would hit nothing.</summary>
    internal bool Swallows(FlowMatch region)
    {
        foreach (FlowMatch cover in Matches.Keys)
        {
            if (cover.Covers(region))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Takes over the covers of another set.</summary>
    internal void UnionWith(CoverSet other)
    {
        foreach ((FlowMatch match, ImmutableArray<RuleOrigin> origins) in other.Matches)
        {
            Keep(match, origins);
        }

        Widened.UnionWith(other.Widened);
    }

    private FlowMatch Region(L4Proto proto) => _any with { Proto = (byte)proto, ProtoBy = ProtoBy.L4 };

    private IReadOnlyList<L4Interval> Pieces(L4Proto proto, L4Interval ports, bool source)
    {
        MatchField field = L4Fields.Of((byte)proto, source);
        if (PortExpansion.Expand(ports, _lowering.KindOf(field), _maxExpansion) is { } pieces)
        {
            return pieces;
        }

        Widened.Add(field);
        return [L4Interval.Full];
    }

    private void Add(IpPrefix peer, FlowMatch region, ImmutableArray<RuleOrigin> origins)
    {
        bool v4 = region.Family == IpFamily.V4;
        MatchField field = _ingress
            ? (v4 ? MatchField.Ipv4Src : MatchField.Ipv6Src)
            : (v4 ? MatchField.Ipv4Dst : MatchField.Ipv6Dst);
        MaskKind kind = _lowering.KindOf(field);
        if (peer.Length == 0 || kind >= MaskKind.Prefix)
        {
            Keep(WithPeer(region, peer), origins);
            return;
        }

        IReadOnlyList<IpPrefix>? peers = AddressExpansion.Expand(peer, kind, _maxExpansion);
        if (peers is null)
        {
            Widened.Add(field);
            peers = [IpPrefix.Everything(region.Family)];
        }

        foreach (IpPrefix piece in peers)
        {
            Keep(WithPeer(region, piece), origins);
        }
    }

    private FlowMatch WithPeer(FlowMatch region, IpPrefix peer) =>
        _ingress ? region with { Src = peer } : region with { Dst = peer };

    private void Keep(FlowMatch match, ImmutableArray<RuleOrigin> origins)
    {
        ref ImmutableArray<RuleOrigin> known =
            ref CollectionsMarshal.GetValueRefOrAddDefault(Matches, match, out bool exists);
        known = !exists || known == origins ? origins : [.. known.Union(origins).Order()];
    }
}
