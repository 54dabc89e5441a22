using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.EndToEnd.Tests.Rig;

/// <summary>Makes a failing case small: leaves out steps, pods, policies and rules as long as it still fails.</summary>
internal static class Shrinker
{
    /// <summary>A small case with the same kind of failure; bounded.</summary>
    public static Case Shrink(Case failing, Func<Case, bool> fails, int maxTries = 600)
    {
        Case best = failing;
        int tries = 0;
        bool smaller = true;
        while (smaller && tries < maxTries)
        {
            smaller = false;
            foreach (Case candidate in Candidates(best))
            {
                if (tries++ >= maxTries)
                {
                    break;
                }

                if (fails(candidate))
                {
                    best = candidate;
                    smaller = true;
                    break;
                }
            }
        }

        return best;
    }

    private static IEnumerable<Case> Candidates(Case of)
    {
        for (int size = of.Steps.Length / 2; size >= 1; size /= 2)
        {
            for (int at = of.Steps.Length - size; at >= 0; at -= size)
            {
                yield return of with { Steps = [.. of.Steps[..at], .. of.Steps[(at + size)..]] };
            }
        }

        foreach (ClusterState state in Smaller(of.State))
        {
            yield return of with { State = state };
        }

        foreach (ClusterState other in Smaller(of.Other))
        {
            yield return of with { Other = other };
        }
    }

    private static IEnumerable<ClusterState> Smaller(ClusterState state) =>
    [
        .. state.Policies.Select((_, i) => state with { Policies = state.Policies.RemoveAt(i) }),
        .. state.Pods.Select((_, i) => state with { Pods = state.Pods.RemoveAt(i) }),
        .. state.Policies.SelectMany((policy, i) => SmallerRules(policy)
            .Select(smaller => state with { Policies = state.Policies.SetItem(i, smaller) })),
    ];

    private static IEnumerable<NetworkPolicy> SmallerRules(NetworkPolicy policy) =>
    [
        .. Without(policy.Ingress).Select(rules => policy with { Ingress = rules }),
        .. Without(policy.Egress).Select(rules => policy with { Egress = rules }),
    ];

    private static IEnumerable<ImmutableArray<PolicyRule>> Without(ImmutableArray<PolicyRule> rules) =>
        rules.Select((_, i) => rules.RemoveAt(i));
}
