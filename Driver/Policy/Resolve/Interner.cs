namespace NetPolNic.Policy.Resolve;

/// <summary>Keeps one instance of each distinct value that the last two snapshots use.</summary>
internal sealed class Interner<T>
    where T : class
{
    private Dictionary<T, T> _current = [];
    private Dictionary<T, T> _previous = [];

    /// <summary>Starts a snapshot: what the one before last used and the last did not is forgotten.</summary>
    public void BeginSnapshot()
    {
        _previous = _current;
        _current = new Dictionary<T, T>(_previous.Count);
    }

    /// <summary>The instance that stands for every value equal to <paramref name="value"/>.</summary>
    public T Intern(T value)
    {
        if (_current.TryGetValue(value, out T? known))
        {
            return known;
        }

        T kept = _previous.GetValueOrDefault(value, value);
        _current.Add(kept, kept);
        return kept;
    }
}
