using System.Collections.Immutable;
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
    private readonly NicCapabilities _nic;
    private readonly int _maxExpansion;
    private readonly IpPrefix _own;
    private readonly bool _ingress;

    internal CoverSet(NicCapabilities nic, int maxExpansion, IpAddr own, Direction direction)
    {
        _nic = nic;
        _maxExpansion = maxExpansion;
        _own = IpPrefix.Host(own);
        _ingress = direction == Direction.Ingress;
    }

    internal Dictionary<FlowMatch, ImmutableArray<RuleOrigin>> Matches { get; } = [];

    /// <summary>Fields that could not be matched, so that a cover became wider than its region.</summary>
    internal SortedSet<MatchField> Widened { get; } = [];

    /// <summary>Adds every protocol of a peer.</summary>
    internal void AddPeer(IpPrefix peer, ImmutableArray<RuleOrigin> origins) =>
        Add(peer, Region(peer), origins);

    /// <summary>Adds one protocol of a peer, by the header's byte: all ports, fragments included.</summary>
    internal void AddProtocol(IpPrefix peer, L4Proto proto, ImmutableArray<RuleOrigin> origins) =>
        Add(peer, Region(peer) with { Proto = (byte)proto, ProtoBy = ProtoBy.Header }, origins);

    /// <summary>Adds packets to ports of the far end of the packet: those of a connection's own direction.</summary>
    internal void AddNew(IpPrefix peer, L4Proto proto, L4Interval ports, ImmutableArray<RuleOrigin> origins)
    {
        FlowMatch region = Region(peer) with { Proto = (byte)proto, ProtoBy = ProtoBy.L4 };
        foreach (L4Interval piece in Pieces(proto, ports, source: false))
        {
            Add(peer, region with { DstL4Ports = piece }, origins);
        }
    }

    /// <summary>Adds replies: packets from ports that a connection of the other direction may go to.</summary>
    /// <param name="peer">Where replies come from or go to.</param>
    /// <param name="proto">Their protocol.</param>
    /// <param name="ports">Ports of the connection's destination.</param>
    /// <param name="exceptBareSyn">Leave out TCP packets with SYN and without ACK, which are never replies.</param>
    /// <param name="origins">The lines of policy that allow the connection.</param>
    internal void AddReplies(
        IpPrefix peer, L4Proto proto, L4Interval ports, bool exceptBareSyn, ImmutableArray<RuleOrigin> origins)
    {
        FlowMatch region = Region(peer) with { Proto = (byte)proto, ProtoBy = ProtoBy.L4 };
        foreach (L4Interval piece in Pieces(proto, ports, source: true))
        {
            FlowMatch reply = region with { SrcL4Ports = piece };
            if (!exceptBareSyn)
            {
                Add(peer, reply, origins);
                continue;
            }

            // Not (SYN and no ACK) is ACK, or no SYN.
            Add(peer, reply with { TcpFlagsSpec = 0x10, TcpFlagsMask = 0x10 }, origins);
            Add(peer, reply with { TcpFlagsSpec = 0x00, TcpFlagsMask = 0x02 }, origins);
        }
    }

    /// <summary>Whether one cover contains the whole region, so that a drop of it would hit nothing.</summary>
    internal bool Swallows(FlowMatch region) => Matches.Keys.Any(cover => cover.Covers(region));

    /// <summary>Takes over the covers of another set.</summary>
    internal void UnionWith(CoverSet other)
    {
        foreach ((FlowMatch match, ImmutableArray<RuleOrigin> origins) in other.Matches)
        {
            Keep(match, origins);
        }

        Widened.UnionWith(other.Widened);
    }

    private FlowMatch Region(IpPrefix peer) =>
        _ingress ? new FlowMatch(peer.Family, peer, _own) : new FlowMatch(peer.Family, _own, peer);

    private IReadOnlyList<L4Interval> Pieces(L4Proto proto, L4Interval ports, bool source)
    {
        MatchField field = L4Fields.Of((byte)proto, source);
        if (PortExpansion.Expand(ports, _nic.KindOf(field), _maxExpansion) is { } pieces)
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
        IReadOnlyList<IpPrefix>? peers = AddressExpansion.Expand(peer, _nic.KindOf(field), _maxExpansion);
        if (peers is null)
        {
            Widened.Add(field);
            peers = [IpPrefix.Everything(region.Family)];
        }

        foreach (IpPrefix piece in peers)
        {
            Keep(_ingress ? region with { Src = piece } : region with { Dst = piece }, origins);
        }
    }

    private void Keep(FlowMatch match, ImmutableArray<RuleOrigin> origins) =>
        Matches[match] = Matches.TryGetValue(match, out ImmutableArray<RuleOrigin> known)
            ? [.. known.Union(origins).Order()]
            : origins;
}
