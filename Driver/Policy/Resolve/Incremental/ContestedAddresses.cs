using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve.Incremental;

/// <summary>Addresses that several live pods claim: a warning each, and an endpoint where one of the pods is local.</summary>
internal sealed class ContestedAddresses(
    LiveCluster cluster,
    LocalPods locals,
    SetPool pool,
    SortedView<LocalEndpoint> endpoints,
    WarningTable warnings)
{
    private readonly Dictionary<IpAddr, Known> _known = [];

    /// <summary>Follows the claims, and the addresses of nodes.</summary>
    /// <param name="nodesChanged">Addresses of some node may have changed.</param>
    public void Refresh(bool nodesChanged)
    {
        HashSet<IpAddr> changed = cluster.Claims.Changed;
        if (nodesChanged)
        {
            changed.UnionWith(_known.Keys);
        }

        foreach (IpAddr addr in changed)
        {
            Refresh(addr);
        }

        changed.Clear();
    }

    private void Refresh(IpAddr addr)
    {
        Known? before = _known.GetValueOrDefault(addr);
        List<Pod> claimants = [.. cluster.Claims.Contesting(addr).Select(p => p.Pod!)];
        Known? after = claimants.Count == 0 ? null : Make(addr, claimants, before);
        if (before is not null)
        {
            warnings.Remove(before.Warning);
            _known.Remove(addr);
        }

        if (after is not null)
        {
            warnings.Add(after.Warning);
            _known.Add(addr, after);
        }

        if (!ReferenceEquals(before?.Endpoint, after?.Endpoint))
        {
            endpoints.Replace(before?.Endpoint, after?.Endpoint);
        }

        if (before?.Endpoint is { } old)
        {
            pool.Release(old.ExemptPeers);
        }
    }

    private Known Make(IpAddr addr, List<Pod> claimants, Known? before)
    {
        PolicyWarning warning = PolicyWarnings.OfContested(addr, claimants);
        List<Pod> local = [.. claimants.Where(locals.IsLocal)];
        if (local.Count == 0)
        {
            return new Known(warning, null);
        }

        LocalEndpoint endpoint = ContestedEndpoint.Make(addr, local, cluster.Nodes.AddressesOf, pool.Acquire);
        return new Known(warning, endpoint.Equals(before?.Endpoint) ? before.Endpoint : endpoint);
    }

    private sealed record Known(PolicyWarning Warning, LocalEndpoint? Endpoint);
}
