using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve;

/// <summary>Resolves the two directions of pods; pods that the same policies select share the result.</summary>
internal sealed class EndpointResolver
{
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
        List<NetworkPolicy> selecting = [];
        pod.Space.Subjects.Find(pod.Pod.Labels, selecting);
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
            return EndpointDirection.Open; // S-b2
        }

        bool usesPorts = speaking.Exists(p => RuleExpander.UsesSubjectPorts(p, direction));
        string ports = usesPorts ? NamedPortResolver.Key(pod.Pod) : "";
        string annotatedSpace = isolatedByAnnotation ? pod.Space.Name : "";
        string key = $"{direction}|{annotatedSpace}|{string.Join(',', speaking.Select(Number))}|{ports}";
        if (!_memo.TryGetValue(key, out EndpointDirection? resolved))
        {
            resolved = DirectionAssembly.Make(
                speaking.SelectMany(p => Entries(p, direction, pod.Pod, ports)),
                isolating,
                direction,
                annotatedSpace,
                rules => _interner.Policies.Intern(PolicySet.OfCanonical([.. rules.Select(_interner.Intern)])));
            _memo.Add(key, resolved);
        }

        return resolved;
    }

    private IReadOnlyList<RuleMerger.Entry> Entries(NetworkPolicy policy, Direction direction, Pod subject, string ports) =>
        _rules.Resolve(policy, direction, subject, RuleExpander.UsesSubjectPorts(policy, direction) ? ports : "");

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
