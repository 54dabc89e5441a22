using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Agent.Observability;

/// <summary>Local endpoints by address, made anew for each policy that somebody asks about. Not safe for concurrent use.</summary>
internal sealed class EndpointIndex
{
    private readonly Dictionary<IpAddr, LocalEndpoint> _byAddr = [];
    private PolicySnapshot? _snapshot;

    /// <summary>The local pod that owns an address, or null.</summary>
    public LocalEndpoint? Find(PolicySnapshot snapshot, IpAddr addr)
    {
        if (!ReferenceEquals(_snapshot, snapshot))
        {
            _byAddr.Clear();
            foreach (LocalEndpoint endpoint in snapshot.Endpoints)
            {
                foreach (IpAddr owned in endpoint.Addresses)
                {
                    _byAddr[owned] = endpoint;
                }
            }

            _snapshot = snapshot;
        }

        return _byAddr.GetValueOrDefault(addr);
    }
}
