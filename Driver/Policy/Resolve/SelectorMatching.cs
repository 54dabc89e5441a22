using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve;

/// <summary>Label selector semantics (S-b6), and structural equality of selectors.</summary>
internal sealed class SelectorMatching : IEqualityComparer<LabelSelector>
{
    private SelectorMatching()
    {
    }

    /// <summary>Compares by requirements in the order written: a key for memoised selections.</summary>
    public static SelectorMatching Comparer { get; } = new();

    /// <summary>Whether all requirements hold; an operator that is not known never does.</summary>
    public static bool Matches(LabelSelector selector, ImmutableSortedDictionary<string, string> labels)
    {
        foreach (LabelRequirement requirement in selector.Requirements)
        {
            bool present = labels.TryGetValue(requirement.Key, out string? value);
            bool holds = requirement.Operator switch
            {
                LabelOperator.In => present && requirement.Values.Contains(value!, StringComparer.Ordinal),
                LabelOperator.NotIn => !present || !requirement.Values.Contains(value!, StringComparer.Ordinal),
                LabelOperator.Exists => present,
                LabelOperator.DoesNotExist => !present,
                _ => false,
            };
            if (!holds)
            {
                return false;
            }
        }

        return true;
    }

    public bool Equals(LabelSelector? x, LabelSelector? y)
    {
        if (ReferenceEquals(x, y) || x is null || y is null || x.Requirements.Length != y.Requirements.Length)
        {
            return ReferenceEquals(x, y);
        }

        return x.Requirements.Zip(y.Requirements).All(pair => pair.First.Key == pair.Second.Key &&
            pair.First.Operator == pair.Second.Operator &&
            pair.First.Values.AsSpan().SequenceEqual(pair.Second.Values.AsSpan()));
    }

    public int GetHashCode(LabelSelector obj)
    {
        HashCode hash = default;
        foreach (LabelRequirement requirement in obj.Requirements)
        {
            hash.Add(requirement.Key);
            hash.Add(requirement.Operator);
            foreach (string value in requirement.Values)
            {
                hash.Add(value);
            }
        }

        return hash.ToHashCode();
    }
}
