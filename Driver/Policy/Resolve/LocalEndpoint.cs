using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve;

/// <summary>A local pod with its addresses and its resolved policy.</summary>
/// <param name="Uid">Pod UID: the key (SEMANTICS b17).</param>
/// <param name="Namespace">Pod namespace.</param>
/// <param name="Name">Pod name.</param>
/// <param name="Addresses">Its addresses, never empty.</param>
/// <param name="ExemptPeers">Always allowed in both directions: its own addresses and its node's (SEMANTICS b12, b13).</param>
/// <param name="Ingress">What it may receive.</param>
/// <param name="Egress">What it may send.</param>
public sealed record LocalEndpoint(
    string Uid,
    string Namespace,
    string Name,
    ImmutableArray<IpAddr> Addresses,
    PeerSet ExemptPeers,
    EndpointDirection Ingress,
    EndpointDirection Egress);
