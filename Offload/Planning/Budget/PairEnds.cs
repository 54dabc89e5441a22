using System.Collections.Immutable;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Planning.Budget;

/// <summary>Which pod is at an address, for pairs. Immutable.</summary>
internal sealed class PairEnds
{
    // Null: several pods claim the address.
    private readonly Dictionary<IpAddr, LocalEndpoint?> _owners = [];

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
    }

    /// <summary>False where several pods claim the address; null where none does.</summary>
    internal bool TryFind(IpAddr addr, out LocalEndpoint? owner) =>
        !_owners.TryGetValue(addr, out owner) || owner is not null;
}
