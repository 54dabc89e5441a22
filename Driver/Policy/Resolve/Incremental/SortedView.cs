using System.Collections.Immutable;

namespace NetPolNic.Policy.Resolve.Incremental;

/// <summary>
/// An immutable sorted array of distinct items that changes by replacement: per change a binary search and a block copy.
/// </summary>
internal sealed class SortedView<T>(IComparer<T> order)
    where T : class
{
    private readonly HashSet<T> _removed = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<T> _added = new(ReferenceEqualityComparer.Instance);

    /// <summary>The items as of the last <see cref="Flush"/>.</summary>
    public ImmutableArray<T> Items { get; private set; } = [];

    /// <summary>One item takes the place of another; null is none.</summary>
    /// <param name="before">An instance that was put in.</param>
    /// <param name="after">An instance that is not in.</param>
    public void Replace(T? before, T? after)
    {
        if (before is not null && !_added.Remove(before))
        {
            _removed.Add(before);
        }

        if (after is not null && !_removed.Remove(after))
        {
            _added.Add(after);
        }
    }

    /// <summary>Applies the replacements; false where there were none.</summary>
    public bool Flush()
    {
        if (_removed.Count + _added.Count == 0)
        {
            return false;
        }

        List<int> removed = [.. _removed.Select(item => Items.BinarySearch(item, order))];
        List<T> added = [.. _added];
        removed.Sort();
        added.Sort(order);
        ImmutableArray<T>.Builder result = ImmutableArray.CreateBuilder<T>(Items.Length - removed.Count + added.Count);
        int copied = 0;
        int r = 0;
        foreach (T item in added)
        {
            int at = Items.BinarySearch(item, order);
            at = at < 0 ? ~at : at;
            Copy(result, ref copied, at, removed, ref r);
            result.Add(item);
        }

        Copy(result, ref copied, Items.Length, removed, ref r);
        Items = result.MoveToImmutable();
        _removed.Clear();
        _added.Clear();
        return true;
    }

    /// <summary>Copies up to an index, leaving out what is removed before it.</summary>
    private void Copy(ImmutableArray<T>.Builder result, ref int copied, int to, List<int> removed, ref int r)
    {
        for (; r < removed.Count && removed[r] < to; r++)
        {
            result.AddRange(Items.AsSpan()[copied..removed[r]]);
            copied = removed[r] + 1;
        }

        result.AddRange(Items.AsSpan()[copied..to]);
        copied = to;
    }
}
