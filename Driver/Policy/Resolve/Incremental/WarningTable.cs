using System.Collections.Immutable;

namespace NetPolNic.Policy.Resolve.Incremental;

/// <summary>The warnings of all objects: distinct, sorted. Objects may give equal ones.</summary>
internal sealed class WarningTable
{
    private readonly Dictionary<PolicyWarning, Given> _given = [];
    private readonly SortedView<PolicyWarning> _view = new(Comparer<PolicyWarning>.Default);

    /// <summary>The warnings as of the last <see cref="Flush"/>.</summary>
    public ImmutableArray<PolicyWarning> Items => _view.Items;

    public void Add(PolicyWarning warning)
    {
        if (_given.TryGetValue(warning, out Given? given))
        {
            given.Times++;
            return;
        }

        _given.Add(warning, new Given(warning));
        _view.Replace(null, warning);
    }

    public void Remove(PolicyWarning warning)
    {
        Given given = _given[warning];
        if (--given.Times == 0)
        {
            _given.Remove(warning);
            _view.Replace(given.Warning, null);
        }
    }

    /// <summary>Applies the changes; false where the warnings are what they were.</summary>
    public bool Flush()
    {
        ImmutableArray<PolicyWarning> before = Items;
        return _view.Flush() && !before.AsSpan().SequenceEqual(Items.AsSpan());
    }

    private sealed class Given(PolicyWarning warning)
    {
        public PolicyWarning Warning { get; } = warning;

        public int Times { get; set; } = 1;
    }
}
