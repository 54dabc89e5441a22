using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Offload.Tests.Support;

/// <summary>
/// The plain way to put policy into a flow table: for each local pod and direction that a policy isolates one rule that drops, and
/// above it one for each peer (a selected pod's address, a block, an exception of a block) and entry of the ports list; equal ones
/// of a pod and direction once. It knows no replies, no fragments, no node that always passes: less than what is exact.
/// </summary>
internal static class NaiveRules
{
    /// <summary>How many rules the pods of a node take. Selectors are by equality only, pods have one address.</summary>
    internal static long CountOf(ClusterState state, string node)
    {
        ILookup<string, NetworkPolicy> policies = state.Policies.ToLookup(policy => policy.Namespace);
        Dictionary<string, Namespace> spaces = state.Namespaces.ToDictionary(space => space.Name);
        Dictionary<(NetworkPolicy, PeerMatch), ImmutableArray<IpPrefix>> known = [];
        long count = 0;
        foreach (Pod pod in state.Pods.Where(pod => pod.NodeName == node))
        {
            NetworkPolicy[] own = [.. policies[pod.Namespace].Where(policy => Selects(policy.PodSelector, pod.Labels))];
            count += CountOf(own.Where(policy => policy.AppliesToIngress), policy => policy.Ingress);
            count += CountOf(own.Where(policy => policy.AppliesToEgress), policy => policy.Egress);
        }

        return count;

        long CountOf(IEnumerable<NetworkPolicy> own, Func<NetworkPolicy, ImmutableArray<PolicyRule>> rulesOf)
        {
            bool isolated = false;
            HashSet<(IpPrefix Peer, L4PortMatch? Ports)> allowed = [];
            foreach (NetworkPolicy policy in own)
            {
                isolated = true;
                foreach (PolicyRule rule in rulesOf(policy))
                {
                    foreach (IpPrefix peer in rule.Peers is { } peers ? peers.SelectMany(p => PeersOf(policy, p)) : [default])
                    {
                        allowed.UnionWith(rule.Ports is { } ports ? ports.Select(p => (peer, (L4PortMatch?)p)) : [(peer, null)]);
                    }
                }
            }

            return isolated ? 1 + allowed.Count : 0;
        }

        ImmutableArray<IpPrefix> PeersOf(NetworkPolicy policy, PeerMatch peer)
        {
            if (!known.TryGetValue((policy, peer), out ImmutableArray<IpPrefix> addresses))
            {
                addresses = peer.IpBlock is { } block
                    ? [block.Cidr, .. block.Except]
                    :
                    [
                        .. state.Pods.Where(pod => Selects(peer.PodSelector, pod.Labels) && (peer.NamespaceSelector is { } selector
                                ? Selects(selector, spaces[pod.Namespace].Labels)
                                : pod.Namespace == policy.Namespace))
                            .SelectMany(pod => pod.Addresses).Select(IpPrefix.Host),
                    ];
                known.Add((policy, peer), addresses);
            }

            return addresses;
        }
    }

    private static bool Selects(LabelSelector? selector, ImmutableSortedDictionary<string, string> labels) =>
        selector is null || selector.Requirements.All(
            wanted => labels.TryGetValue(wanted.Key, out string? value) && wanted.Values.Contains(value));
}
