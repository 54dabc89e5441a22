using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve;

/// <summary>Finds what an operator should know, object by object.</summary>
internal static class PolicyWarnings
{
    /// <summary>All warnings of a state: distinct, sorted.</summary>
    public static ImmutableArray<PolicyWarning> Find(ClusterState state, ClusterIndex index, IsolationMode mode)
    {
        SortedSet<PolicyWarning> warnings = [];
        foreach (Namespace ns in state.Namespaces)
        {
            if (Of(ns, mode) is { } warning)
            {
                warnings.Add(warning);
            }
        }

        foreach ((IpAddr addr, List<Pod> claimants) in index.Contested)
        {
            warnings.Add(OfContested(addr, claimants));
        }

        foreach (NetworkPolicy policy in state.Policies)
        {
            warnings.UnionWith(Of(policy, mode));
        }

        return [.. warnings];
    }

    /// <summary>An isolation annotation that isolates nothing (S-a4).</summary>
    public static PolicyWarning? Of(Namespace ns, IsolationMode mode) =>
        PolicyRules.UsesAnnotation(mode) && ns.IsolationAnnotation is { } value && !IsolationAnnotation.Isolates(value)
            ? new PolicyWarning(IsolationAnnotation.Warning(ns.Name, value), WarningSubject.Namespace, ns.Name, "")
            : null;

    /// <summary>An address that several live pods claim.</summary>
    public static PolicyWarning OfContested(IpAddr addr, IEnumerable<Pod> claimants)
    {
        IEnumerable<string> names = claimants.Select(p => $"{p.Namespace}/{p.Name}").Order(StringComparer.Ordinal);
        string text = $"address {addr} is claimed by {string.Join(", ", names)}: " +
            "no selector matches it and nothing reaches it or leaves it";
        return new PolicyWarning(text, WarningSubject.Address, "", addr.ToString());
    }

    /// <summary>The parts of a policy that have no effect.</summary>
    public static IReadOnlyList<PolicyWarning> Of(NetworkPolicy policy, IsolationMode mode)
    {
        List<PolicyWarning>? found = null;
        bool egress = policy.Api == PolicyApi.V1 && policy.AppliesToEgress;
        if (egress && mode == IsolationMode.Namespace)
        {
            Add(ref found, policy, ": egress is not enforced with isolation by namespace");
        }

        if (policy.Api == PolicyApi.V1Beta1 || policy.AppliesToIngress)
        {
            AddRules(ref found, policy, Direction.Ingress, mode);
        }

        if (egress && mode != IsolationMode.Namespace)
        {
            AddRules(ref found, policy, Direction.Egress, mode);
        }

        return found ?? (IReadOnlyList<PolicyWarning>)[];
    }

    private static void AddRules(
        ref List<PolicyWarning>? found,
        NetworkPolicy policy,
        Direction direction,
        IsolationMode mode)
    {
        bool ingress = direction == Direction.Ingress;
        ImmutableArray<PolicyRule> rules = ingress ? policy.Ingress : policy.Egress;
        for (int i = 0; i < rules.Length; i++)
        {
            ImmutableArray<PeerMatch> peers = rules[i].Peers ?? [];
            for (int j = 0; j < peers.Length; j++)
            {
                if (PolicyRules.PeerDefect(peers[j], policy.Api, mode) is { } defect)
                {
                    Add(ref found, policy, Entry(ingress, i, ingress ? "from" : "to", j, defect));
                }
            }

            ImmutableArray<L4PortMatch> ports = rules[i].Ports ?? [];
            for (int j = 0; j < ports.Length; j++)
            {
                if (PolicyRules.PortDefect(ports[j], policy.Api, mode) is { } defect)
                {
                    Add(ref found, policy, Entry(ingress, i, "ports", j, defect));
                }
            }
        }
    }

    private static string Entry(bool ingress, int rule, string list, int entry, string defect) => FormattableString.Invariant(
        $": {(ingress ? "ingress" : "egress")}[{rule}].{list}[{entry}] {defect} and matches nothing");

    private static void Add(ref List<PolicyWarning>? found, NetworkPolicy policy, string rest)
    {
        found ??= [];
        string text = $"policy {policy.Namespace}/{policy.Name}{rest}";
        found.Add(new PolicyWarning(text, WarningSubject.Policy, policy.Namespace, policy.Name));
    }
}
