using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve;

/// <summary>Finds what an operator should know about a cluster state.</summary>
internal static class PolicyWarnings
{
    /// <summary>One sentence each, distinct, in ordinal order.</summary>
    public static ImmutableArray<string> Find(ClusterState state, ClusterIndex index, IsolationMode mode)
    {
        SortedSet<string> warnings = new(StringComparer.Ordinal);
        if (PolicyRules.UsesAnnotation(mode))
        {
            foreach (Namespace ns in state.Namespaces)
            {
                if (ns.IsolationAnnotation is { } value && !IsolationAnnotation.Isolates(value))
                {
                    warnings.Add(IsolationAnnotation.Warning(ns.Name, value)); // S-a4
                }
            }
        }

        foreach ((IpAddr addr, List<Pod> claimants) in index.Contested)
        {
            IEnumerable<string> names = claimants.Select(p => $"{p.Namespace}/{p.Name}").Order(StringComparer.Ordinal);
            warnings.Add($"address {addr} is claimed by {string.Join(", ", names)}: " +
                "no selector matches it and nothing reaches it or leaves it");
        }

        foreach (NetworkPolicy policy in state.Policies)
        {
            Add(warnings, policy, mode);
        }

        return [.. warnings];
    }

    private static void Add(SortedSet<string> warnings, NetworkPolicy policy, IsolationMode mode)
    {
        string name = $"policy {policy.Namespace}/{policy.Name}";
        bool egress = policy.Api == PolicyApi.V1 && policy.AppliesToEgress;
        if (egress && mode == IsolationMode.Namespace)
        {
            warnings.Add($"{name}: egress is not enforced with isolation by namespace");
        }

        if (policy.Api == PolicyApi.V1Beta1 || policy.AppliesToIngress)
        {
            Add(warnings, name, policy, Direction.Ingress, mode);
        }

        if (egress && mode != IsolationMode.Namespace)
        {
            Add(warnings, name, policy, Direction.Egress, mode);
        }
    }

    private static void Add(
        SortedSet<string> warnings,
        string name,
        NetworkPolicy policy,
        Direction direction,
        IsolationMode mode)
    {
        bool ingress = direction == Direction.Ingress;
        ImmutableArray<PolicyRule> rules = ingress ? policy.Ingress : policy.Egress;
        for (int i = 0; i < rules.Length; i++)
        {
            string path = FormattableString.Invariant($"{name}: {(ingress ? "ingress" : "egress")}[{i}]");
            string peers = ingress ? "from" : "to";
            AddDefects(warnings, $"{path}.{peers}", rules[i].Peers, p => PolicyRules.PeerDefect(p, policy.Api, mode));
            AddDefects(warnings, $"{path}.ports", rules[i].Ports, p => PolicyRules.PortDefect(p, policy.Api, mode));
        }
    }

    private static void AddDefects<T>(
        SortedSet<string> warnings,
        string path,
        ImmutableArray<T>? entries,
        Func<T, string?> defectOf)
    {
        for (int i = 0; i < (entries?.Length ?? 0); i++)
        {
            if (defectOf(entries!.Value[i]) is { } defect)
            {
                warnings.Add(FormattableString.Invariant($"{path}[{i}] {defect} and matches nothing"));
            }
        }
    }
}
