using System.Collections.Immutable;

namespace NetPolNic.Cluster.Store;

using Pairs = ReadOnlySpan<KeyValuePair<string, string>>;

/// <summary>Compares label sets by content, also with pairs in ordinal order that are no dictionary yet.</summary>
internal sealed class LabelSetComparer :
    IEqualityComparer<ImmutableSortedDictionary<string, string>>,
    IAlternateEqualityComparer<Pairs, ImmutableSortedDictionary<string, string>>
{
    public static LabelSetComparer Instance { get; } = new();

    public bool Equals(ImmutableSortedDictionary<string, string>? x, ImmutableSortedDictionary<string, string>? y) =>
        ReferenceEquals(x, y) || (x is not null && y is not null && x.Count == y.Count && x.SequenceEqual(y));

    public int GetHashCode(ImmutableSortedDictionary<string, string> obj)
    {
        HashCode hash = default;
        foreach ((string key, string value) in obj)
        {
            hash.Add(key);
            hash.Add(value);
        }

        return hash.ToHashCode();
    }

    public bool Equals(Pairs alternate, ImmutableSortedDictionary<string, string> other)
    {
        if (alternate.Length != other.Count)
        {
            return false;
        }

        int index = 0;
        foreach ((string key, string value) in other)
        {
            if (alternate[index].Key != key || alternate[index].Value != value)
            {
                return false;
            }

            index++;
        }

        return true;
    }

    public int GetHashCode(Pairs alternate)
    {
        HashCode hash = default;
        foreach ((string key, string value) in alternate)
        {
            hash.Add(key);
            hash.Add(value);
        }

        return hash.ToHashCode();
    }

    public ImmutableSortedDictionary<string, string> Create(Pairs alternate) =>
        ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, alternate.ToArray());
}
