using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve;

/// <summary>Resolves the two directions of pods; pods that the same policies select share the result.</summary>
internal sealed class EndpointResolver
{
    private static readonly EndpointDirection s_open = new(PolicySet.Open, [], []);

    private readonly IsolationMode _mode;
    private readonly RuleResolver _rules;
    private readonly SetInterner _interner;
    private readonly Dictionary<string, EndpointDirection> _memo = new(StringComparer.Ordinal);
    private readonly Dictionary<NetworkPolicy, int> _numbers = new(ReferenceEqualityComparer.Instance);

    public EndpointResolver(ClusterIndex index, IsolationMode mode, SetInterner interner)
    {
        _mode = mode;
        _interner = interner;
        _rules = new RuleResolver(new PeerResolver(index, interner.Peers), mode);
    }

    /// <summary>Both directions of one pod.</summary>
    public (EndpointDirection Ingress, EndpointDirection Egress) Resolve(LivePod pod)
    {
        List<NetworkPolicy> selecting = pod.Space.Subjects.Selecting(pod.Pod.Labels);
        return (Resolve(pod, selecting, Direction.Ingress), Resolve(pod, selecting, Direction.Egress));
    }

    private EndpointDirection Resolve(LivePod pod, List<NetworkPolicy> selecting, Direction direction)
    {
        bool annotated = pod.Space.IsAnnotatedIsolated && PolicyRules.UsesAnnotation(_mode);
        bool isolatedByAnnotation = annotated && direction == Direction.Ingress; // S-a1, S-a3
        List<NetworkPolicy> speaking =
            [.. selecting.Where(p => PolicyRules.Speaks(p, direction, _mode, annotated)).OrderBy(Number)];
        List<NetworkPolicy> isolating = [.. speaking.Where(p => PolicyRules.Isolates(p, _mode))];
        if (!isolatedByAnnotation && isolating.Count == 0)
        {
            return s_open; // S-b2
        }

        bool usesPorts = speaking.Exists(p => RuleResolver.UsesSubjectPorts(p, direction));
        string ports = usesPorts ? NamedPortResolver.Key(pod.Pod) : "";
        string annotatedSpace = isolatedByAnnotation ? pod.Space.Name : "";
        string key = $"{direction}|{annotatedSpace}|{string.Join(',', speaking.Select(Number))}|{ports}";
        if (!_memo.TryGetValue(key, out EndpointDirection? resolved))
        {
            List<RuleOrigin> isolatedBy = [.. isolating.Select(p => Isolation(p, direction))];
            if (isolatedByAnnotation)
            {
                isolatedBy.Add(RuleOrigin.OfAnnotation(pod.Space.Name));
            }

            resolved = Unite(speaking, direction, pod.Pod, ports, isolatedBy);
            _memo.Add(key, resolved);
        }

        return resolved;
    }

    private static RuleOrigin Isolation(NetworkPolicy policy, Direction direction) =>
        new(policy.Uid, policy.Namespace, policy.Name, direction, -1, -1, -1);

    /// <summary>The union of all rules (S-a8, S-b3).</summary>
    private EndpointDirection Unite(
        List<NetworkPolicy> speaking,
        Direction direction,
        Pod subject,
        string ports,
        List<RuleOrigin> isolatedBy)
    {
        List<RuleMerger.Entry> merged = RuleMerger.Merge(speaking.SelectMany(p => _rules.Resolve(
            p,
            direction,
            subject,
            RuleResolver.UsesSubjectPorts(p, direction) ? ports : "")));
        ImmutableArray<AllowRule> rules = [.. merged.Select(e => _interner.Intern(e.Rule))];
        return new EndpointDirection(
            _interner.Policies.Intern(PolicySet.OfCanonical(rules)),
            [.. RuleOrigin.SortedDistinct(isolatedBy)],
            [.. merged.Select(e => ImmutableArray.CreateRange(e.Origins))]);
    }

    /// <summary>Names a policy object within this resolution; makes memo keys short.</summary>
    private int Number(NetworkPolicy policy)
    {
        if (!_numbers.TryGetValue(policy, out int number))
        {
            _numbers.Add(policy, number = _numbers.Count);
        }

        return number;
    }
}
