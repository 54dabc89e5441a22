using System.Collections.Immutable;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Planning.Budget;

/// <summary>Which pod is at an address, for pairs. Immutable.</summary>
internal sealed class PairEnds
{
    // Null: several pods claim the address.
    private readonly Dictionary<IpAddr, LocalEndpoint?> _owners = [];
    private readonly PeerSet _all;

    internal PairEnds(ImmutableArray<LocalEndpoint> endpoints)
    {
        foreach (LocalEndpoint endpoint in endpoints)
        {
            foreach (IpAddr own in LocalAddresses.OwnOf(endpoint))
            {
                if (!_owners.TryAdd(own, endpoint))
                {
                    _owners[own] = null;
                }
            }
        }

        _all = PeerSet.OfAddresses(_owners.Keys);
    }

    /// <summary>False where the pod cannot be told: several claim the address, or there are some in the prefix.</summary>
    /// <param name="end">An address, or peers.</param>
    /// <param name="owner">The pod, or null where there is none.</param>
    internal bool TryFind(IpPrefix end, out LocalEndpoint? owner)
    {
        owner = null;
        return end.Length == end.Addr.Bits
            ? !_owners.TryGetValue(end.Addr, out owner) || owner is not null
            : !PeerRoom.Overlaps(_all, end);
    }

    /// <summary>The fewest leading bits of an address which no pod's address has; all where it is one.</summary>
    internal int RoomAround(IpAddr addr) => PeerRoom.Around(_all, addr);
}
