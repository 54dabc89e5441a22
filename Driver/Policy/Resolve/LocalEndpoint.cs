using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve;

/// <summary>A local pod with its addresses and its resolved policy. Equal by content.</summary>
/// <param name="Uid">Pod UID: the key (SEMANTICS b17).</param>
/// <param name="Namespace">Pod namespace.</param>
/// <param name="Name">Pod name.</param>
/// <param name="Addresses">Its addresses, never empty; no other endpoint of the snapshot has one of them.</param>
/// <param name="ExemptPeers">
/// Always allowed in both directions: its own addresses and its node's (SEMANTICS b12, b13).
/// </param>
/// <param name="Ingress">What it may receive.</param>
/// <param name="Egress">What it may send.</param>
public sealed record LocalEndpoint(
    string Uid,
    string Namespace,
    string Name,
    ImmutableArray<IpAddr> Addresses,
    PeerSet ExemptPeers,
    EndpointDirection Ingress,
    EndpointDirection Egress)
{
    /// <summary>Whether a new connection between this endpoint and a peer passes here, exemptions included.</summary>
    /// <param name="direction">Ingress where the peer opens the connection.</param>
    /// <param name="peer">The other end.</param>
    /// <param name="ipProto">IP protocol number.</param>
    /// <param name="dstL4Port">Destination port, host order; ignored for protocols without ports.</param>
    public bool Allows(Direction direction, IpAddr peer, byte ipProto, ushort dstL4Port) =>
        ExemptPeers.Contains(peer) ||
        (direction == Direction.Ingress ? Ingress : Egress).Set.Allows(peer, ipProto, dstL4Port);

    public bool Equals(LocalEndpoint? other) => ReferenceEquals(this, other) ||
        (other is not null && Uid == other.Uid && Namespace == other.Namespace && Name == other.Name &&
            Addresses.AsSpan().SequenceEqual(other.Addresses.AsSpan()) && ExemptPeers.Equals(other.ExemptPeers) &&
            Ingress.Equals(other.Ingress) && Egress.Equals(other.Egress));

    public override int GetHashCode() => HashCode.Combine(Uid, Addresses[0], Ingress, Egress);
}
