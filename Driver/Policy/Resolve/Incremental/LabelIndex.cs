using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve.Incremental;

/// <summary>Finds the items that carry a label value.</summary>
internal sealed class LabelIndex<T>
    where T : class
{
    private readonly Dictionary<(string Key, string Value), HashSet<T>> _byLabel = [];

    public void Add(T item, ImmutableSortedDictionary<string, string> labels)
    {
        foreach ((string key, string value) in labels)
        {
            if (!_byLabel.TryGetValue((key, value), out HashSet<T>? items))
            {
                _byLabel.Add((key, value), items = []);
            }

            items.Add(item);
        }
    }

    public void Remove(T item, ImmutableSortedDictionary<string, string> labels)
    {
        foreach ((string key, string value) in labels)
        {
            HashSet<T> items = _byLabel[(key, value)];
            items.Remove(item);
            if (items.Count == 0)
            {
                _byLabel.Remove((key, value));
            }
        }
    }

    /// <summary>
    /// At least the items that a selector matches, each once, and how many; null where no requirement names a value.
    /// </summary>
    public (IEnumerable<T> Items, int Count)? Candidates(LabelSelector selector)
    {
        (IEnumerable<T> Items, int Count)? best = null;
        foreach (LabelRequirement requirement in selector.Requirements.Where(r => r.Operator == LabelOperator.In))
        {
            List<HashSet<T>> found = [];
            foreach (string value in requirement.Values.Distinct(StringComparer.Ordinal))
            {
                if (_byLabel.TryGetValue((requirement.Key, value), out HashSet<T>? items))
                {
                    found.Add(items);
                }
            }

            int count = found.Sum(items => items.Count);
            if (best is null || count < best.Value.Count)
            {
                best = (found.SelectMany(items => items), count);
            }
        }

        return best;
    }
}
