namespace NetPolNic.Cluster.Reading;

/// <summary>Collects the entries of one mapping and sets duplicate keys apart.</summary>
internal sealed class MapBuilder(int line)
{
    private const int LinearSearchMax = 16;

    private readonly List<ManifestEntry> _entries = [];
    private readonly List<ManifestEntry> _duplicates = [];
    private HashSet<string>? _keys;

    /// <summary>Adds an entry; a key that is there already becomes a duplicate.</summary>
    public void Add(ManifestEntry entry)
    {
        (HasKey(entry.Key) ? _duplicates : _entries).Add(entry);
        _keys?.Add(entry.Key);
    }

    /// <summary>Adds the entries of a merge key (<c>&lt;&lt;</c>) that are not there yet.</summary>
    public void Merge(ManifestNode map)
    {
        foreach (ManifestEntry entry in map.Entries)
        {
            if (!HasKey(entry.Key))
            {
                Add(entry);
            }
        }
    }

    public ManifestNode Build() => ManifestNode.Map(line, _entries, _duplicates);

    private bool HasKey(string key)
    {
        if (_keys is null && _entries.Count > LinearSearchMax)
        {
            _keys = _entries.Select(entry => entry.Key).ToHashSet(StringComparer.Ordinal);
        }

        return _keys?.Contains(key) ?? _entries.Exists(entry => entry.Key == key);
    }
}
