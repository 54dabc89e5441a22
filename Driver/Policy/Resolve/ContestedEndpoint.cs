using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve;

/// <summary>The endpoint of an address that several live pods claim, at least one of them local.</summary>
internal static class ContestedEndpoint
{
    /// <summary>Nobody knows whose policy holds for the address, so nothing passes but its node's probes.</summary>
    /// <param name="addr">The address.</param>
    /// <param name="local">The local pods that claim it, in any order; at least one.</param>
    /// <param name="nodeAddressesOf">Addresses of the node of a pod.</param>
    /// <param name="intern">The shared instance of a set.</param>
    public static LocalEndpoint Make(
        IpAddr addr,
        IReadOnlyCollection<Pod> local,
        Func<Pod, IEnumerable<IpAddr>> nodeAddressesOf,
        Func<PeerSet, PeerSet> intern)
    {
        List<Pod> ordered = [.. local.OrderBy(p => $"{p.Namespace}/{p.Name}/{p.Uid}", StringComparer.Ordinal)];
        IEnumerable<IpAddr> nodes = ordered
            .Select(nodeAddressesOf)
            .Aggregate((common, next) => common.Intersect(next));
        return new LocalEndpoint(
            string.Join('+', ordered.Select(p => p.Uid)),
            ordered[0].Namespace,
            ordered[0].Name,
            [addr],
            intern(PeerSet.OfAddresses(nodes.Append(addr))),
            EndpointDirection.Contested,
            EndpointDirection.Contested);
    }
}
