using NetPolNic.Policy.Resolve;

namespace NetPolNic.Fallback.Classifier;

/// <summary>
/// One native table per distinct policy set: built when a snapshot first has it, freed with the last snapshot that does.
/// Under the publisher's lock only.
/// </summary>
internal sealed class SetTableCache
{
    private readonly Dictionary<PolicySet, SharedSet> _tables = [];

    /// <summary>Tables that some snapshot uses.</summary>
    public int Count => _tables.Count;

    /// <summary>Tables that were built since start: the measure of what publishing costs.</summary>
    public long BuiltCount { get; private set; }

    /// <summary>Native memory of all tables.</summary>
    public long MemoryBytes { get; private set; }

    /// <summary>The table of an isolated set; the caller counts itself as a user.</summary>
    public SharedSet Get(PolicySet set)
    {
        if (!_tables.TryGetValue(set, out SharedSet? shared))
        {
            shared = SetTableBuilder.Build(set);
            _tables.Add(set, shared);
            BuiltCount++;
            MemoryBytes += shared.MemoryBytes;
        }

        return shared;
    }

    /// <summary>Counts a snapshot's use of some tables down; frees those that nothing uses any more.</summary>
    public void Release(IReadOnlyDictionary<PolicySet, SharedSet> used)
    {
        foreach ((PolicySet set, SharedSet shared) in used)
        {
            shared.Users--;
            if (shared.Users == 0)
            {
                _tables.Remove(set);
                MemoryBytes -= shared.MemoryBytes;
                shared.Dispose();
            }
        }
    }
}
