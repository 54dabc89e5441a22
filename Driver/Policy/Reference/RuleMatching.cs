using System.Collections.Immutable;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Policy.Reference;

/// <summary>
/// Whether a rule, a peer, a port entry or a selector matches a flow: the evaluator's own reading of SEMANTICS.
/// </summary>
internal sealed class RuleMatching(ClusterState state, IsolationMode mode)
{
    private readonly ILookup<IpAddr, Pod> _claimants = state.Pods
        .Where(p => !p.Terminated && !p.HostNetwork)
        .SelectMany(p => p.Addresses.Distinct(), (pod, addr) => (pod, addr))
        .ToLookup(claim => claim.addr, claim => claim.pod);

    /// <summary>S-b6.</summary>
    public static bool Matches(LabelSelector selector, ImmutableSortedDictionary<string, string> labels)
    {
        bool all = true;
        foreach (LabelRequirement requirement in selector.Requirements)
        {
            string? value = labels.GetValueOrDefault(requirement.Key);
            bool listed = value is not null && requirement.Values.Contains(value);
            all &= requirement.Operator switch
            {
                LabelOperator.In => listed,
                LabelOperator.NotIn => !listed,
                LabelOperator.Exists => value is not null,
                LabelOperator.DoesNotExist => value is null,
                _ => false,
            };
        }

        return all;
    }

    /// <summary>Live pods with a network of their own that claim an address (S-b11, S-b17).</summary>
    public IEnumerable<Pod> ClaimantsOf(IpAddr addr) => _claimants[addr];

    /// <summary>The only pod that owns an address; null also where several claim it.</summary>
    public Pod? OwnerOf(IpAddr addr)
    {
        List<Pod> claimants = [.. ClaimantsOf(addr)];
        return claimants.Count == 1 ? claimants[0] : null;
    }

    /// <summary>Each (rule, peer, port) of a policy that allows the flow.</summary>
    public IEnumerable<RuleOrigin> Allowing(NetworkPolicy policy, Direction direction, Flow flow)
    {
        ImmutableArray<PolicyRule> rules = direction == Direction.Ingress ? policy.Ingress : policy.Egress;
        for (int rule = 0; rule < rules.Length; rule++)
        {
            foreach (int peer in MatchingPeers(policy, direction, rules[rule].Peers, flow))
            {
                foreach (int port in MatchingPorts(policy, rules[rule].Ports, flow))
                {
                    yield return new RuleOrigin(policy.Uid, policy.Namespace, policy.Name, direction, rule, peer, port);
                }
            }
        }
    }

    /// <summary>Indexes of the peers that match; -1 where the list matches everything (S-a7, S-b4).</summary>
    private IEnumerable<int> MatchingPeers(
        NetworkPolicy policy,
        Direction direction,
        ImmutableArray<PeerMatch>? peers,
        Flow flow)
    {
        if (peers is null || (peers.Value.IsEmpty && policy.Api == PolicyApi.V1))
        {
            return [-1];
        }

        IpAddr other = direction == Direction.Ingress ? flow.Src : flow.Dst;
        return Enumerable.Range(0, peers.Value.Length).Where(i => PeerMatches(policy, peers.Value[i], other));
    }

    private IEnumerable<int> MatchingPorts(NetworkPolicy policy, ImmutableArray<L4PortMatch>? ports, Flow flow)
    {
        if (ports is null || (ports.Value.IsEmpty && policy.Api == PolicyApi.V1))
        {
            return [-1]; // S-b16
        }

        return Enumerable.Range(0, ports.Value.Length).Where(i => PortMatches(policy, ports.Value[i], flow));
    }

    private bool PeerMatches(NetworkPolicy policy, PeerMatch peer, IpAddr other)
    {
        if (peer.NotUnderstood) // S-d2
        {
            return false;
        }

        bool seedOnly = policy.Api == PolicyApi.V1Beta1 || mode == IsolationMode.Namespace;
        switch (peer)
        {
            case { IpBlock: { } block, PodSelector: null, NamespaceSelector: null }: // S-b7
                return !seedOnly && block.Cidr.Contains(other) && !block.Except.Any(e => e.Contains(other));
            case { IpBlock: null, PodSelector: { } pods, NamespaceSelector: null }: // S-b5
                return OwnerOf(other) is { } pod && pod.Namespace == policy.Namespace && Matches(pods, pod.Labels);
            case { IpBlock: null, PodSelector: null, NamespaceSelector: { } spaces }:
                return OwnerOf(other) is { } inSpace && Matches(spaces, LabelsOfNamespace(inSpace.Namespace));
            case { IpBlock: null, PodSelector: { } both, NamespaceSelector: { } spaces }: // S-a9
                return !seedOnly && OwnerOf(other) is { } inBoth &&
                    Matches(spaces, LabelsOfNamespace(inBoth.Namespace)) && Matches(both, inBoth.Labels);
            default:
                return false;
        }
    }

    private bool PortMatches(NetworkPolicy policy, L4PortMatch entry, Flow flow)
    {
        if ((byte)entry.Proto != flow.IpProto)
        {
            return false;
        }

        if (entry.Name is not null) // S-b9: the destination's, whichever the direction
        {
            return entry.First is null && entry.Last is null && OwnerOf(flow.Dst) is { } destination &&
                destination.Ports.Contains(new NamedPort(entry.Name, entry.Proto, flow.DstL4Port));
        }

        if (entry.First is not { } first)
        {
            return entry.Last is null;
        }

        bool seedOnly = policy.Api == PolicyApi.V1Beta1 || mode == IsolationMode.Namespace;
        ushort last = entry.Last ?? first;
        return (last == first || !seedOnly) && first <= flow.DstL4Port && flow.DstL4Port <= last;
    }

    /// <summary>S-b10, S-d3.</summary>
    private ImmutableSortedDictionary<string, string> LabelsOfNamespace(string name)
    {
        ImmutableSortedDictionary<string, string> labels =
            state.Namespaces.LastOrDefault(n => n.Name == name)?.Labels ??
            ImmutableSortedDictionary<string, string>.Empty;
        return labels.SetItem("kubernetes.io/metadata.name", name);
    }
}
