using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve;

/// <summary>
/// Finds the pods that a selector matches without looking at all of them, where the selector names a value.
/// </summary>
internal sealed class PodLabelIndex
{
    private readonly IReadOnlyList<LivePod> _pods;
    private readonly Dictionary<(string Key, string Value), List<LivePod>> _byLabel = [];

    public PodLabelIndex(IReadOnlyList<LivePod> pods)
    {
        _pods = pods;
        foreach (LivePod pod in pods)
        {
            foreach ((string key, string value) in pod.Pod.Labels)
            {
                if (!_byLabel.TryGetValue((key, value), out List<LivePod>? list))
                {
                    _byLabel.Add((key, value), list = []);
                }

                list.Add(pod);
            }
        }
    }

    /// <summary>At least the pods that match: the shortest list that a requirement of the selector leads to.</summary>
    public IReadOnlyList<LivePod> Candidates(LabelSelector selector)
    {
        IReadOnlyList<LivePod> best = _pods;
        foreach (LabelRequirement requirement in selector.Requirements)
        {
            if (requirement.Operator == LabelOperator.In)
            {
                List<LivePod> found = WithOneOf(requirement);
                best = found.Count < best.Count ? found : best;
            }
        }

        return best;
    }

    private List<LivePod> WithOneOf(LabelRequirement requirement)
    {
        if (requirement.Values.Length == 1)
        {
            return _byLabel.TryGetValue((requirement.Key, requirement.Values[0]), out List<LivePod>? only) ? only : [];
        }

        List<LivePod> found = [];
        foreach (string value in requirement.Values.Distinct(StringComparer.Ordinal))
        {
            if (_byLabel.TryGetValue((requirement.Key, value), out List<LivePod>? list))
            {
                found.AddRange(list);
            }
        }

        return found;
    }
}
