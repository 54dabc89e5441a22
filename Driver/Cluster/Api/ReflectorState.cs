using NetPolNic.Cluster.Sources;

namespace NetPolNic.Cluster.Api;

/// <summary>What a reflector shows of itself. Written by its loop, read by anybody.</summary>
internal sealed class ReflectorState(string kind, Func<int> count, TimeProvider time)
{
    private readonly Lock _lock = new();
    private ReflectorPhase _phase = ReflectorPhase.Starting;
    private string _resourceVersion = "";
    private string? _lastError;
    private DateTimeOffset? _lastContact;
    private long _events;
    private long _lists;
    private long _failures;

    public ReflectorHealth Health
    {
        get
        {
            lock (_lock)
            {
                return new ReflectorHealth(
                    kind, _phase, count(), _resourceVersion, _events, _lists, _failures, _lastContact, _lastError);
            }
        }
    }

    public void Enter(ReflectorPhase phase)
    {
        lock (_lock)
        {
            _phase = phase;
        }
    }

    /// <summary>The server said something.</summary>
    public void Contact()
    {
        DateTimeOffset now = time.GetUtcNow();
        lock (_lock)
        {
            _lastContact = now;
        }
    }

    /// <summary>A list is complete.</summary>
    public void Listed(string resourceVersion)
    {
        lock (_lock)
        {
            _lists++;
            _resourceVersion = resourceVersion;
        }
    }

    /// <summary>A watch is running: whatever was wrong is over.</summary>
    public void Watching()
    {
        lock (_lock)
        {
            _phase = ReflectorPhase.Watching;
            _lastError = null;
        }
    }

    /// <summary>An event came, or a bookmark.</summary>
    public void Moved(string resourceVersion, bool isEvent)
    {
        lock (_lock)
        {
            _events += isEvent ? 1 : 0;
            _resourceVersion = resourceVersion;
        }
    }

    /// <summary>The version that the watch stood at can no longer be used.</summary>
    public void Lost()
    {
        lock (_lock)
        {
            _resourceVersion = "";
        }
    }

    /// <summary>Something failed; returns whether it is the same as before.</summary>
    public bool Failed(string error)
    {
        lock (_lock)
        {
            bool isSame = _lastError == error;
            _failures++;
            _lastError = error;
            _phase = ReflectorPhase.BackingOff;
            return isSame;
        }
    }
}
