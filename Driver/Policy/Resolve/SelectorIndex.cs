using System.Collections.Immutable;
using System.Runtime.InteropServices;
using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve;

/// <summary>
/// Finds the items whose selector matches given labels; a selector that names a label value costs nothing elsewhere.
/// </summary>
internal sealed class SelectorIndex<T>
    where T : class
{
    private readonly Dictionary<(string Key, string Value), List<(LabelSelector Selector, T Item)>> _byLabel = [];
    private readonly List<(LabelSelector Selector, T Item)> _others = [];

    /// <summary>Items that were added and not removed.</summary>
    public int Count { get; private set; }

    public void Add(LabelSelector selector, T item)
    {
        Count++;
        if (Named(selector) is not { } named)
        {
            _others.Add((selector, item));
            return;
        }

        foreach (string value in named.Values.Distinct(StringComparer.Ordinal))
        {
            ref List<(LabelSelector, T)>? list =
                ref CollectionsMarshal.GetValueRefOrAddDefault(_byLabel, (named.Key, value), out _);
            (list ??= []).Add((selector, item));
        }
    }

    /// <summary>Removes an item that was added with an equal selector.</summary>
    public void Remove(LabelSelector selector, T item)
    {
        Count--;
        if (Named(selector) is not { } named)
        {
            RemoveFrom(_others, item);
            return;
        }

        foreach (string value in named.Values.Distinct(StringComparer.Ordinal))
        {
            List<(LabelSelector, T)> list = _byLabel[(named.Key, value)];
            RemoveFrom(list, item);
            if (list.Count == 0)
            {
                _byLabel.Remove((named.Key, value));
            }
        }
    }

    /// <summary>Appends the items whose selector matches, each once.</summary>
    public void Find(ImmutableSortedDictionary<string, string> labels, List<T> found)
    {
        AddMatching(_others, labels, found);
        if (_byLabel.Count == 0)
        {
            return;
        }

        foreach ((string key, string value) in labels)
        {
            if (_byLabel.TryGetValue((key, value), out List<(LabelSelector, T)>? list))
            {
                AddMatching(list, labels, found);
            }
        }
    }

    private static LabelRequirement? Named(LabelSelector selector)
    {
        foreach (LabelRequirement requirement in selector.Requirements)
        {
            if (requirement.Operator == LabelOperator.In)
            {
                return requirement;
            }
        }

        return null;
    }

    private static void AddMatching(
        List<(LabelSelector Selector, T Item)> candidates,
        ImmutableSortedDictionary<string, string> labels,
        List<T> found)
    {
        foreach ((LabelSelector selector, T item) in candidates)
        {
            if (SelectorMatching.Matches(selector, labels))
            {
                found.Add(item);
            }
        }
    }

    private static void RemoveFrom(List<(LabelSelector Selector, T Item)> list, T item)
    {
        int index = list.FindIndex(entry => ReferenceEquals(entry.Item, item));
        list[index] = list[^1];
        list.RemoveAt(list.Count - 1);
    }
}
