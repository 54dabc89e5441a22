using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace NetPolNic.TestApiServer;

/// <summary>The objects of one kind and their history. All members run under the server's lock.</summary>
internal sealed class ResourceTable(ResourceKind kind)
{
    private const int SnapshotsMax = 8;

    private readonly SortedDictionary<string, StoredObject> _objects = new(StringComparer.Ordinal);
    private readonly List<StoredEvent> _history = [];
    private readonly Dictionary<long, StoredObject[]> _snapshots = [];
    private readonly Queue<long> _snapshotOrder = new();

    public ResourceKind Kind => kind;

    /// <summary>Changes up to and including this version are forgotten.</summary>
    public long CompactedVersion { get; private set; }

    /// <summary>The last change, while it is not forgotten.</summary>
    public StoredEvent? LastEvent => _history.Count > 0 ? _history[^1] : null;

    public int Count => _objects.Count;

    public IEnumerable<StoredObject> Objects => _objects.Values;

    public StoredObject? Find(string key) => _objects.GetValueOrDefault(key);

    /// <summary>Stores an object; the version is written into its metadata.</summary>
    public StoredObject Put(JsonObject source, long version, string versionText)
    {
        JsonObject json = (JsonObject)source.DeepClone();
        json.Remove("apiVersion");
        json.Remove("kind");
        JsonObject metadata = json["metadata"] as JsonObject ?? throw new ArgumentException("an object needs metadata");
        string name = (string?)metadata["name"] ?? throw new ArgumentException("an object needs a name");
        if (kind.IsNamespaced)
        {
            metadata["namespace"] ??= "default";
        }

        string key = kind.IsNamespaced ? $"{(string?)metadata["namespace"]}/{name}" : name;
        StoredObject? known = Find(key);
        metadata["uid"] ??= known is null ? Guid.NewGuid().ToString() : UidOf(known);
        metadata["creationTimestamp"] ??= "2026-01-01T00:00:00Z";
        metadata["resourceVersion"] = versionText;
        return Put(new StoredObject(key, version, JsonSerializer.SerializeToUtf8Bytes(json)));
    }

    /// <summary>Stores an object as it is.</summary>
    public StoredObject Put(StoredObject item)
    {
        string type = _objects.ContainsKey(item.Key) ? "MODIFIED" : "ADDED";
        _objects[item.Key] = item;
        _history.Add(new StoredEvent(item.Version, type, item));
        return item;
    }

    /// <summary>Stores objects without history, as at the start of a cluster.</summary>
    public void Load(IEnumerable<StoredObject> items, long version)
    {
        foreach (StoredObject item in items)
        {
            _objects[item.Key] = item;
        }

        Compact(version);
    }

    public bool Remove(string key, long version, string versionText)
    {
        if (!_objects.Remove(key, out StoredObject? known))
        {
            return false;
        }

        JsonObject json = (JsonObject)JsonNode.Parse(known.Json)!;
        json["metadata"]!["resourceVersion"] = versionText;
        StoredObject last = new(key, version, JsonSerializer.SerializeToUtf8Bytes(json));
        _history.Add(new StoredEvent(version, "DELETED", last));
        return true;
    }

    public void Compact(long version)
    {
        CompactedVersion = version;
        _history.RemoveAll(change => change.Version <= version);
        foreach (long old in _snapshots.Keys.Where(key => key < version).ToArray())
        {
            _snapshots.Remove(old);
        }
    }

    /// <summary>What happened after a version, in order.</summary>
    public IReadOnlyList<StoredEvent> After(long version)
    {
        int first = _history.FindIndex(change => change.Version > version);
        return first < 0 ? [] : _history.GetRange(first, _history.Count - first);
    }

    /// <summary>All objects at the version that the server is at, kept for the pages that follow.</summary>
    public StoredObject[] Snapshot(long version)
    {
        if (!_snapshots.TryGetValue(version, out StoredObject[]? snapshot))
        {
            snapshot = [.. _objects.Values];
            _snapshots[version] = snapshot;
            _snapshotOrder.Enqueue(version);
            if (_snapshotOrder.Count > SnapshotsMax)
            {
                _snapshots.Remove(_snapshotOrder.Dequeue());
            }
        }

        return snapshot;
    }

    /// <summary>The snapshot that a continue token names, or null where it has expired.</summary>
    public StoredObject[]? FindSnapshot(long version) => _snapshots.GetValueOrDefault(version);

    private static string UidOf(StoredObject item)
    {
        using JsonDocument document = JsonDocument.Parse(item.Json);
        return document.RootElement.GetProperty("metadata").GetProperty("uid").GetString() ?? "";
    }

    /// <summary>The object as it stands alone or in a watch event: with kind and apiVersion.</summary>
    public byte[] Whole(StoredObject item)
    {
        byte[] head = Encoding.UTF8.GetBytes($"{{\"kind\":\"{kind.Kind}\",\"apiVersion\":\"{kind.ApiVersion}\",");
        return [.. head, .. item.Json.AsSpan(1)];
    }
}
