using System.Collections.Immutable;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Planning;

/// <summary>Which local pod has which address. Immutable.</summary>
internal sealed class LocalAddresses
{
    private readonly ImmutableArray<LocalEndpoint> _endpoints;
    private readonly HashSet<IpAddr> _ambiguous = [];

    internal LocalAddresses(ImmutableArray<LocalEndpoint> endpoints)
    {
        _endpoints = endpoints;
        HashSet<IpAddr> all = [];
        foreach (LocalEndpoint endpoint in endpoints)
        {
            foreach (IpAddr own in OwnOf(endpoint))
            {
                if (!all.Add(own))
                {
                    _ambiguous.Add(own);
                }
            }
        }

        All = [.. all.Order()];
    }

    /// <summary>Every address that a local pod owns, ascending.</summary>
    internal ImmutableArray<IpAddr> All { get; }

    /// <summary>Addresses of a pod, distinct and ascending.</summary>
    internal static ImmutableArray<IpAddr> OwnOf(LocalEndpoint endpoint) => endpoint.Addresses.Length == 1
        ? endpoint.Addresses
        : [.. endpoint.Addresses.Distinct().Order()];

    /// <summary>Whether several local pods claim the address.</summary>
    internal bool IsAmbiguous(IpAddr addr) => _ambiguous.Contains(addr);

    /// <summary>
    /// Peers that always reach an address and are reached by it, the address itself included. A packet is exempt by either
    /// end: the peer may be this pod's node, or this address the peer's (SEMANTICS b12).
    /// </summary>
    internal PeerSet ExemptOf(LocalEndpoint endpoint, IpAddr own)
    {
        PeerSet exempt = endpoint.ExemptPeers.Contains(own)
            ? endpoint.ExemptPeers
            : endpoint.ExemptPeers.Union(PeerSet.OfAddresses([own]));
        foreach (LocalEndpoint other in _endpoints)
        {
            if (other.ExemptPeers.Contains(own) && !other.Addresses.All(exempt.Contains))
            {
                exempt = exempt.Union(PeerSet.OfAddresses(other.Addresses));
            }
        }

        return exempt;
    }

    /// <summary>Whether plans of <paramref name="endpoint"/> look different because of <paramref name="other"/>.</summary>
    internal static bool Concerns(LocalEndpoint other, LocalEndpoint endpoint)
    {
        foreach (IpAddr own in endpoint.Addresses)
        {
            if (other.ExemptPeers.Contains(own) || other.Addresses.Contains(own))
            {
                return true;
            }
        }

        return false;
    }
}
