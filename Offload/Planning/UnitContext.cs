using System.Collections.Immutable;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Planning;

/// <summary>One address of a pod in one direction that is isolated: what a plan decides about as a whole.</summary>
/// <param name="Endpoint">The pod.</param>
/// <param name="Own">Its address.</param>
/// <param name="Direction">The isolated direction.</param>
/// <param name="Exempt">Peers of the same family that are always allowed, the address itself included.</param>
/// <param name="LocalAddresses">Addresses of both families that local pods own, ascending; shared by all units.</param>
internal sealed record UnitContext(
    LocalEndpoint Endpoint,
    IpAddr Own,
    Direction Direction,
    ImmutableArray<IpPrefix> Exempt,
    ImmutableArray<IpAddr> LocalAddresses)
{
    /// <summary>Stand-ins for sets of peers, where covers are planned for any peers; null where they are planned as they are.</summary>
    internal IReadOnlyDictionary<PeerSet, IpPrefix>? Symbols { get; init; }

    /// <summary>How much is dropped.</summary>
    internal UnitForm Form { get; init; } = UnitForm.Whole;

    /// <summary>"namespace/name".</summary>
    internal string Pod { get; } = NameOf(Endpoint);

    /// <summary>The policy of this direction: it decides packets as first ones of a connection.</summary>
    internal EndpointDirection New => Direction == Direction.Ingress ? Endpoint.Ingress : Endpoint.Egress;

    /// <summary>The policy of the other direction: packets of this one may be replies to what it allows.</summary>
    internal EndpointDirection Reverse => Direction == Direction.Ingress ? Endpoint.Egress : Endpoint.Ingress;

    /// <summary>Whether a peer always passes because it is the pod's node, which is every local pod's.</summary>
    internal bool IsNode(IpPrefix peer) =>
        Endpoint.ExemptPeers.Contains(peer.Addr) && !Endpoint.Addresses.Any(peer.Contains);

    internal static string NameOf(LocalEndpoint endpoint) => $"{endpoint.Namespace}/{endpoint.Name}";

    /// <summary>Addresses of the family that local pods own, without the exempt ones; ascending.</summary>
    internal IEnumerable<IpAddr> LocalPeers =>
        LocalAddresses.Where(a => a.Family == Own.Family && !Exempt.Any(exempt => exempt.Contains(a)));

    /// <summary>For example "10.0.0.5 ← any".</summary>
    internal string FromAny => Direction == Direction.Ingress ? $"{Own} ← any" : $"{Own} → any";
}
