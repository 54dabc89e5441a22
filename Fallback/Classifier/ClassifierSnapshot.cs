using NetPolNic.Policy.Resolve;

namespace NetPolNic.Fallback.Classifier;

/// <summary>
/// Owns the native root of one policy snapshot, and a share in the tables of its policy sets. Immutable; disposed of by
/// the publisher once no worker can hold it.
/// </summary>
internal sealed unsafe class ClassifierSnapshot : IDisposable
{
    private readonly SetTableCache _cache;
    private readonly Dictionary<PolicySet, SharedSet> _sets;
    private readonly NativeBlock<byte> _root;
    private readonly PolicySnapshot _source;

    /// <param name="source">What it was built from.</param>
    /// <param name="root">Holds the <see cref="ClassifierTables"/>, which start it.</param>
    /// <param name="sets">The tables in use; each counts the snapshot as a user.</param>
    /// <param name="cache">Where the tables go back to.</param>
    public ClassifierSnapshot(
        PolicySnapshot source,
        NativeBlock<byte> root,
        Dictionary<PolicySet, SharedSet> sets,
        SetTableCache cache)
    {
        _source = source;
        _root = root;
        _sets = sets;
        _cache = cache;
        MemoryBytes = root.MemoryBytes + sets.Values.Sum(s => s.MemoryBytes);
    }

    public ClassifierTables* Tables => (ClassifierTables*)_root.Pointer;

    public uint Generation => Tables->Generation;

    public long MemoryBytes { get; }

    /// <summary>The endpoint of an index in the tables, or null for none.</summary>
    public LocalEndpoint? EndpointAt(int index) => index < 0 ? null : _source.Endpoints[index];

    public void Dispose()
    {
        _root.Dispose();
        _cache.Release(_sets);
        _sets.Clear();
    }
}
