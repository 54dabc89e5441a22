using System.Collections.Immutable;

namespace NetPolNic.Cluster.Store;

/// <summary>Compares lists by content.</summary>
internal sealed class ListComparer<T> :
    IEqualityComparer<ImmutableArray<T>>, IAlternateEqualityComparer<ReadOnlySpan<T>, ImmutableArray<T>>
    where T : IEquatable<T>
{
    public bool Equals(ImmutableArray<T> x, ImmutableArray<T> y) => x.AsSpan().SequenceEqual(y.AsSpan());

    public int GetHashCode(ImmutableArray<T> obj) => GetHashCode(obj.AsSpan());

    public bool Equals(ReadOnlySpan<T> alternate, ImmutableArray<T> other) => alternate.SequenceEqual(other.AsSpan());

    public int GetHashCode(ReadOnlySpan<T> alternate)
    {
        HashCode hash = default;
        foreach (T item in alternate)
        {
            hash.Add(item);
        }

        return hash.ToHashCode();
    }

    public ImmutableArray<T> Create(ReadOnlySpan<T> alternate) => [.. alternate];
}
