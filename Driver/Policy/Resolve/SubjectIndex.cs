using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve;

/// <summary>
/// Finds the policies of one namespace that select a pod; a policy that names a label value costs nothing elsewhere.
/// </summary>
internal sealed class SubjectIndex
{
    private readonly Dictionary<(string Key, string Value), List<NetworkPolicy>> _byLabel = [];
    private readonly List<NetworkPolicy> _others = [];

    public SubjectIndex(IEnumerable<NetworkPolicy> policies)
    {
        foreach (NetworkPolicy policy in policies)
        {
            LabelRequirement? named =
                policy.PodSelector.Requirements.FirstOrDefault(r => r.Operator == LabelOperator.In);
            if (named is null)
            {
                _others.Add(policy);
                continue;
            }

            foreach (string value in named.Values.Distinct(StringComparer.Ordinal))
            {
                if (!_byLabel.TryGetValue((named.Key, value), out List<NetworkPolicy>? list))
                {
                    _byLabel.Add((named.Key, value), list = []);
                }

                list.Add(policy);
            }
        }
    }

    public List<NetworkPolicy> Selecting(ImmutableSortedDictionary<string, string> labels)
    {
        List<NetworkPolicy> found = [.. _others.Where(p => SelectorMatching.Matches(p.PodSelector, labels))];
        foreach ((string key, string value) in labels)
        {
            if (_byLabel.TryGetValue((key, value), out List<NetworkPolicy>? list))
            {
                found.AddRange(list.Where(p => SelectorMatching.Matches(p.PodSelector, labels)));
            }
        }

        return found;
    }
}
