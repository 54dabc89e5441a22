using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve;

/// <summary>Turns the rules of one policy into allow rules with their origins.</summary>
internal sealed class RuleExpander(IPeerSource peers, IsolationMode mode)
{
    /// <summary>
    /// Whether ingress rules of a policy depend on the named ports of the pod that it selects (S-b9).
    /// </summary>
    public static bool UsesSubjectPorts(NetworkPolicy policy, Direction direction) =>
        direction == Direction.Ingress &&
        policy.Ingress.Any(r => r.Ports is { } ports && ports.Any(p => p.Name is not null));

    /// <param name="policy">A policy that speaks in this direction.</param>
    /// <param name="direction">The list to resolve.</param>
    /// <param name="subject">A pod that the policy selects; only its named ports count.</param>
    public List<RuleMerger.Entry> Expand(NetworkPolicy policy, Direction direction, Pod subject)
    {
        List<RuleMerger.Entry> entries = [];
        ImmutableArray<PolicyRule> rules = direction == Direction.Ingress ? policy.Ingress : policy.Egress;
        for (int i = 0; i < rules.Length; i++)
        {
            RuleOrigin origin = new(policy.Uid, policy.Namespace, policy.Name, direction, i, -1, -1);
            AddRule(entries, policy, rules[i], origin, subject);
        }

        return entries;
    }

    private void AddRule(
        List<RuleMerger.Entry> entries,
        NetworkPolicy policy,
        PolicyRule rule,
        RuleOrigin origin,
        Pod subject)
    {
        if (MatchesEverything(rule.Peers?.Length, policy.Api))
        {
            AddPorts(entries, policy, rule, origin, peers.Everything, subject);
            return;
        }

        ImmutableArray<PeerMatch> list = rule.Peers!.Value;
        for (int i = 0; i < list.Length; i++)
        {
            if (PolicyRules.PeerDefect(list[i], policy.Api, mode) is null)
            {
                IPeerSelection selection = peers.Resolve(list[i], policy.Namespace);
                AddPorts(entries, policy, rule, origin with { PeerIndex = i }, selection, subject);
            }
        }
    }

    private void AddPorts(
        List<RuleMerger.Entry> entries,
        NetworkPolicy policy,
        PolicyRule rule,
        RuleOrigin origin,
        IPeerSelection selection,
        Pod subject)
    {
        if (MatchesEverything(rule.Ports?.Length, policy.Api))
        {
            entries.Add(new RuleMerger.Entry(new AllowRule(selection.Set, PortSet.AllTraffic), [origin])); // S-b16
            return;
        }

        ImmutableArray<L4PortMatch> list = rule.Ports!.Value;
        for (int i = 0; i < list.Length; i++)
        {
            if (PolicyRules.PortDefect(list[i], policy.Api, mode) is null)
            {
                AddPort(entries, list[i], origin with { PortIndex = i }, selection, subject);
            }
        }
    }

    private static void AddPort(
        List<RuleMerger.Entry> entries,
        L4PortMatch entry,
        RuleOrigin origin,
        IPeerSelection selection,
        Pod subject)
    {
        if (entry.Name is null)
        {
            ushort first = entry.First ?? 0;
            ushort last = entry.First is null ? ushort.MaxValue : entry.Last ?? first;
            PortSet range = PortSet.Of([new L4PortRange(entry.Proto, first, last)]);
            entries.Add(new RuleMerger.Entry(new AllowRule(selection.Set, range), [origin]));
        }
        else if (origin.Direction == Direction.Ingress)
        {
            PortSet numbers = NamedPortResolver.OfPod(subject, entry.Name, entry.Proto);
            entries.Add(new RuleMerger.Entry(new AllowRule(selection.Set, numbers), [origin]));
        }
        else
        {
            IEnumerable<AllowRule> fanOut = selection.NamedPort(entry.Name, entry.Proto);
            entries.AddRange(fanOut.Select(rule => new RuleMerger.Entry(rule, [origin])));
        }
    }

    /// <summary>Missing matches everything; empty does in v1 and matches nothing in v1beta1 (S-a7, S-b4).</summary>
    private static bool MatchesEverything(int? length, PolicyApi api) =>
        length is null || (length == 0 && api == PolicyApi.V1);
}
