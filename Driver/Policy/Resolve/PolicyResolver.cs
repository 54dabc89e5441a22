using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve;

/// <summary>
/// Resolves a cluster state to the effective policy of the pods of one node: SEMANTICS parts a, b and d. The result
/// depends on the state only, never on the order of its objects or on earlier states. Not safe for concurrent use.
/// </summary>
public sealed class PolicyResolver
{
    private readonly IsolationMode _mode;
    private readonly SetInterner _interner = new();
    private long _generation;

    /// <param name="mode">How isolation is decided (SEMANTICS a12).</param>
    public PolicyResolver(IsolationMode mode = IsolationMode.Auto)
    {
        _mode = mode;
    }

    /// <summary>
    /// Resolves the policy of every live pod of a node. An address that several live pods claim is matched by no
    /// selector; where one of them is local it becomes an endpoint of its own that is isolated both ways and allows
    /// nothing, named after the first of the local pods.
    /// </summary>
    /// <param name="state">The cluster; of two namespaces with one name the later counts.</param>
    /// <param name="nodeName">spec.nodeName of the local pods; null makes every pod local.</param>
    public PolicySnapshot Resolve(ClusterState state, string? nodeName)
    {
        _interner.BeginSnapshot();
        ClusterIndex index = new(state);
        EndpointResolver resolver = new(index, _mode, _interner);
        List<LocalEndpoint> endpoints = [];
        foreach (LivePod pod in index.Pods.Where(p => IsLocal(p.Pod, nodeName) && !p.Addresses.IsEmpty))
        {
            (EndpointDirection ingress, EndpointDirection egress) = resolver.Resolve(pod);
            PeerSet exempt = PeerSet.OfAddresses(pod.Addresses.Concat(index.NodeAddresses(pod.Pod))); // S-b12, S-b13
            endpoints.Add(new LocalEndpoint(
                pod.Pod.Uid,
                pod.Pod.Namespace,
                pod.Pod.Name,
                pod.Addresses,
                _interner.Peers.Intern(exempt),
                ingress,
                egress));
        }

        foreach ((IpAddr addr, List<Pod> claimants) in index.Contested)
        {
            List<Pod> local = [.. claimants.Where(p => IsLocal(p, nodeName))];
            if (local.Count > 0)
            {
                endpoints.Add(ContestedEndpoint.Make(addr, local, index.NodeAddresses, _interner.Peers.Intern));
            }
        }

        endpoints.Sort(EndpointOrder.Compare);
        _generation++;
        return new PolicySnapshot(_generation, [.. endpoints], PolicyWarnings.Find(state, index, _mode));
    }

    private static bool IsLocal(Pod pod, string? nodeName) => nodeName is null || pod.NodeName == nodeName;
}
