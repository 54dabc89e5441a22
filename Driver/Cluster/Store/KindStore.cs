using NetPolNic.Cluster.Sources;
using NetPolNic.Policy.Model;

namespace NetPolNic.Cluster.Store;

/// <summary>
/// The objects of one kind that a reflector knows, and the way from JSON to changes in the feed. One thread, apart from
/// <see cref="Count"/>.
/// </summary>
internal abstract class KindStore
{
    /// <summary>Objects known. Any thread.</summary>
    public abstract int Count { get; }

    /// <summary>Begins a complete list; one that was begun before is given up.</summary>
    public abstract void BeginList();

    /// <summary>Takes an object of the list. Nothing changes before <see cref="CompleteList"/>.</summary>
    public abstract void AddListed(ReadOnlySpan<byte> json);

    /// <summary>The list is complete: writes what differs from what was known, at once.</summary>
    public abstract void CompleteList(ClusterFeed feed);

    /// <summary>Takes an object that was added or changed; returns its resourceVersion.</summary>
    public abstract string Put(ReadOnlySpan<byte> json);

    /// <summary>Takes the last state of an object that was removed; returns its resourceVersion.</summary>
    public abstract string Remove(ReadOnlySpan<byte> json);

    /// <summary>Writes what <see cref="Put"/> and <see cref="Remove"/> changed since the last time.</summary>
    /// <param name="feed">Where to.</param>
    /// <param name="received">When it arrived, by the feed's clock; null: now.</param>
    public abstract void Flush(ClusterFeed feed, long? received);
}

/// <summary>The same for objects of one type.</summary>
/// <typeparam name="T">What is kept of an object.</typeparam>
internal abstract class KindStore<T> : KindStore
    where T : class
{
    private readonly List<(T? Gone, T? Put)> _changes = [];
    private readonly List<(ObjectName Name, T Item)> _listed = [];
    private Dictionary<ObjectName, T> _known = [];
    private volatile int _count;
    private long _events;

    public override int Count => _count;

    protected IEnumerable<T> Known => _known.Values;

    public override void BeginList() => _listed.Clear();

    public override void AddListed(ReadOnlySpan<byte> json)
    {
        T item = Read(json, out _);
        ObjectName name = NameOf(item);
        _listed.Add((name, Find(name) is { } known && IsSame(known, item) ? known : item));
    }

    public override void CompleteList(ClusterFeed feed)
    {
        Dictionary<ObjectName, T> current = new(_listed.Count);
        foreach ((ObjectName name, T item) in _listed)
        {
            current[name] = item;
        }

        _listed.Clear();
        _listed.TrimExcess();
        foreach ((ObjectName name, T item) in current)
        {
            T? known = Find(name);
            if (!ReferenceEquals(known, item))
            {
                Note(known, item);
            }
        }

        foreach ((ObjectName name, T item) in _known)
        {
            if (!current.ContainsKey(name))
            {
                Note(item, null);
            }
        }

        _known = current;
        _count = current.Count;
        Flush(feed, received: null);
        _changes.TrimExcess();
        ForgetUnused();
    }

    public override string Put(ReadOnlySpan<byte> json)
    {
        _events++;
        T item = Read(json, out string version);
        ObjectName name = NameOf(item);
        T? known = Find(name);
        if (known is null || !(ReferenceEquals(known, item) || IsSame(known, item)))
        {
            _known[name] = item;
            _count = _known.Count;
            Note(known, item);
        }

        return version;
    }

    public override string Remove(ReadOnlySpan<byte> json)
    {
        _events++;
        T item = Read(json, out string version);
        ObjectName name = NameOf(item);

        // The removal of an object whose name another has taken since is old news (S-b17).
        if (Find(name) is { } known && IsSameObject(known, item))
        {
            _known.Remove(name);
            _count = _known.Count;
            Note(known, null);
        }

        return version;
    }

    public override void Flush(ClusterFeed feed, long? received)
    {
        if (_changes.Count > 0)
        {
            feed.Write(WriteTo, Math.Max(_events, _changes.Count), received);
            _changes.Clear();
            ForgetUnused();
        }

        _events = 0;
    }

    protected T? Find(ObjectName name) => _known.GetValueOrDefault(name);

    protected abstract T Read(ReadOnlySpan<byte> json, out string resourceVersion);

    protected abstract ObjectName NameOf(T item);

    /// <summary>Whether two states of one name mean the same to policy.</summary>
    protected abstract bool IsSame(T known, T item);

    /// <summary>Whether two states of one name are of the same object, by UID.</summary>
    protected abstract bool IsSameObject(T known, T item);

    protected abstract void Put(ClusterChanges changes, T item);

    protected abstract void Remove(ClusterChanges changes, T item);

    /// <summary>Lets go of shared values that no object uses any more, when there are many.</summary>
    protected abstract void ForgetUnused();

    private void Note(T? known, T? item)
    {
        T? gone = known is not null && (item is null || !IsSameObject(known, item)) ? known : null;
        _changes.Add((gone, item));
    }

    private void WriteTo(ClusterChanges changes)
    {
        foreach ((T? gone, T? put) in _changes)
        {
            if (gone is not null)
            {
                Remove(changes, gone);
            }

            if (put is not null)
            {
                Put(changes, put);
            }
        }
    }
}
