using System.Collections.Immutable;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Lowering;
using NetPolNic.Policy.Model;

namespace NetPolNic.Offload.Tests.Support;

/// <summary>
/// The plain way to put policy into a flow table: for each local pod and direction that a policy isolates one rule that drops, and
/// above it, for each rule of each policy that selects the pod, one for each peer (a selected pod's address, a block, an exception of
/// a block) and entry of the ports list. A range of ports is as many as the NIC's masks take; one rule, for every port, where that
/// is more than 64. A pod of two families has all that for each, with the peers of that family. Nothing is merged: not what two rules or policies both say, nor neighbours. It knows no replies, no fragments,
/// no node that always passes and no passes: less than what is exact.
/// </summary>
internal static class NaiveRules
{
    private const int MostPieces = 64;

    /// <summary>How many rules the pods of a node take. Selectors are by value only, ports are TCP's or UDP's.</summary>
    internal static long CountOf(ClusterState state, string node, NicCapabilities nic)
    {
        ILookup<string, NetworkPolicy> policies = state.Policies.ToLookup(policy => policy.Namespace);
        Dictionary<string, Namespace> spaces = state.Namespaces.ToDictionary(space => space.Name);
        Dictionary<(NetworkPolicy, PeerMatch, IpFamily), int> known = [];
        MaskKind kind = nic.KindOf(MatchField.TcpDst);
        long count = 0;
        foreach (Pod pod in state.Pods.Where(pod => pod.NodeName == node))
        {
            NetworkPolicy[] own = [.. policies[pod.Namespace].Where(policy => Selects(policy.PodSelector, pod.Labels))];
            foreach (IpFamily family in pod.Addresses.Select(addr => addr.Family))
            {
                count += CountOf(own.Where(policy => policy.AppliesToIngress), policy => policy.Ingress, family);
                count += CountOf(own.Where(policy => policy.AppliesToEgress), policy => policy.Egress, family);
            }
        }

        return count;

        long CountOf(
            IEnumerable<NetworkPolicy> own, Func<NetworkPolicy, ImmutableArray<PolicyRule>> rulesOf, IpFamily family)
        {
            long rules = own.Any() ? 1 : 0;
            foreach (NetworkPolicy policy in own)
            {
                foreach (PolicyRule rule in rulesOf(policy))
                {
                    long peers = rule.Peers is { } some ? some.Sum(peer => (long)PeersOf(policy, peer, family)) : 1;
                    rules += peers * (rule.Ports is { } ports ? ports.Sum(PiecesOf) : 1);
                }
            }

            return rules;
        }

        int PiecesOf(L4PortMatch ports) => ports is { First: { } first, Last: { } last }
            ? PortExpansion.Expand(new L4Interval(first, last), kind, MostPieces)?.Count ?? 1
            : 1;

        int PeersOf(NetworkPolicy policy, PeerMatch peer, IpFamily family)
        {
            if (!known.TryGetValue((policy, peer, family), out int peers))
            {
                peers = peer.IpBlock is { } block
                    ? block.Cidr.Family == family ? 1 + block.Except.Length : 0
                    : state.Pods.Where(pod => Selects(peer.PodSelector, pod.Labels) && (peer.NamespaceSelector is { } selector
                            ? Selects(selector, spaces[pod.Namespace].Labels)
                            : pod.Namespace == policy.Namespace))
                        .Sum(pod => pod.Addresses.Count(addr => addr.Family == family));
                known.Add((policy, peer, family), peers);
            }

            return peers;
        }
    }

    private static bool Selects(LabelSelector? selector, ImmutableSortedDictionary<string, string> labels) =>
        selector is null || selector.Requirements.All(
            wanted => labels.TryGetValue(wanted.Key, out string? value) && wanted.Values.Contains(value));
}
