namespace NetPolNic.Policy.Resolve.Incremental;

/// <summary>One instance of each value, for as long as somebody holds it.</summary>
internal sealed class SharedSets<T>
    where T : class
{
    private readonly Dictionary<T, Shared> _known = [];

    public int Count => _known.Count;

    /// <summary>Takes hold of the instance that stands for equal values; true where it is a new one.</summary>
    public bool Acquire(ref T value)
    {
        if (_known.TryGetValue(value, out Shared? known))
        {
            known.Holders++;
            value = known.Value;
            return false;
        }

        _known.Add(value, new Shared(value));
        return true;
    }

    /// <summary>Whether an equal value is held; takes hold of it then.</summary>
    public bool TryAcquire(ref T value) => _known.ContainsKey(value) && !Acquire(ref value);

    /// <summary>Lets go; true where nobody holds it any more.</summary>
    public bool Release(T value)
    {
        Shared known = _known[value];
        return --known.Holders == 0 && _known.Remove(value);
    }

    private sealed class Shared(T value)
    {
        public T Value { get; } = value;

        public int Holders { get; set; } = 1;
    }
}
