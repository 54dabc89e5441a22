using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve;

/// <summary>
/// A cluster state arranged for look-ups: namespaces, live pods, contested addresses, addresses of nodes.
/// </summary>
internal sealed class ClusterIndex
{
    private readonly Dictionary<string, NamespaceEntry> _namespaces = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<IpAddr>> _nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<IpAddr, List<Pod>> _contested = [];
    private readonly List<LivePod> _pods = [];
    private PodLabelIndex? _podIndex;

    public ClusterIndex(ClusterState state)
    {
        foreach (Namespace ns in state.Namespaces)
        {
            _namespaces[ns.Name] = new NamespaceEntry(ns);
        }

        AddPods(state.Pods);
        foreach (NetworkPolicy policy in state.Policies)
        {
            Space(policy.Namespace).Add(policy);
        }
    }

    public IReadOnlyCollection<NamespaceEntry> Namespaces => _namespaces.Values;

    /// <summary>Pods with an address and a network of their own; not terminated (S-b11, S-b17).</summary>
    public IReadOnlyList<LivePod> Pods => _pods;

    /// <summary>Addresses that more than one live pod claims, with those pods.</summary>
    public IReadOnlyDictionary<IpAddr, List<Pod>> Contested => _contested;

    /// <summary>Label index of <see cref="Pods"/>, made on first use.</summary>
    public PodLabelIndex PodIndex => _podIndex ??= new PodLabelIndex(_pods);

    /// <summary>
    /// Addresses of the node that a pod runs on: its own status.hostIPs, those of the other pods there, and the
    /// addresses of that node's hostNetwork pods (S-b11, S-b12).
    /// </summary>
    public IEnumerable<IpAddr> NodeAddresses(Pod pod) =>
        pod.NodeName is not null && _nodes.TryGetValue(pod.NodeName, out HashSet<IpAddr>? addresses)
            ? addresses
            : pod.NodeAddresses;

    /// <summary>A namespace that the state, one of its pods or one of its policies names.</summary>
    public NamespaceEntry Find(string name) => _namespaces[name];

    private void AddPods(ImmutableArray<Pod> pods)
    {
        Dictionary<IpAddr, Pod> owners = new(pods.Length);
        List<Pod> live = new(pods.Length);
        foreach (Pod pod in pods.Where(p => !p.Terminated))
        {
            AddNode(pod);
            if (pod.HostNetwork || pod.Addresses.IsEmpty)
            {
                continue;
            }

            live.Add(pod);
            foreach (IpAddr addr in Distinct(pod.Addresses))
            {
                if (owners.TryAdd(addr, pod))
                {
                    continue;
                }

                if (!_contested.TryGetValue(addr, out List<Pod>? claimants))
                {
                    _contested.Add(addr, claimants = [owners[addr]]);
                }

                claimants.Add(pod);
            }
        }

        foreach (Pod pod in live)
        {
            NamespaceEntry space = Space(pod.Namespace);
            LivePod entry = new(pod, space, [.. Distinct(pod.Addresses).Where(a => !_contested.ContainsKey(a))]);
            space.Add(entry);
            _pods.Add(entry);
        }
    }

    private void AddNode(Pod pod)
    {
        if (pod.NodeName is null)
        {
            return;
        }

        if (!_nodes.TryGetValue(pod.NodeName, out HashSet<IpAddr>? addresses))
        {
            _nodes.Add(pod.NodeName, addresses = []);
        }

        addresses.UnionWith(pod.NodeAddresses);
        if (pod.HostNetwork)
        {
            addresses.UnionWith(pod.Addresses);
        }
    }

    private NamespaceEntry Space(string name)
    {
        if (!_namespaces.TryGetValue(name, out NamespaceEntry? space))
        {
            space = new NamespaceEntry(new Namespace(name, ImmutableSortedDictionary<string, string>.Empty));
            _namespaces.Add(name, space);
        }

        return space;
    }

    private static IEnumerable<IpAddr> Distinct(ImmutableArray<IpAddr> addresses) =>
        addresses.Length == 1 ? addresses : addresses.Distinct();
}
