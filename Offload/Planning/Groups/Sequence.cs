using System.Collections.Immutable;

namespace NetPolNic.Offload.Planning.Groups;

/// <summary>A list that is equal to another one with equal elements in the same order.</summary>
internal readonly struct Sequence<T> : IEquatable<Sequence<T>>
    where T : IEquatable<T>
{
    private readonly int _hash;

    internal Sequence(ImmutableArray<T> items)
    {
        Items = items;
        HashCode hash = default;
        foreach (T item in items)
        {
            hash.Add(item);
        }

        _hash = hash.ToHashCode();
    }

    internal ImmutableArray<T> Items { get; }

    public bool Equals(Sequence<T> other) =>
        Items == other.Items || (_hash == other._hash && Items.AsSpan().SequenceEqual(other.Items.AsSpan()));

    public override bool Equals(object? obj) => obj is Sequence<T> other && Equals(other);

    public override int GetHashCode() => _hash;
}
