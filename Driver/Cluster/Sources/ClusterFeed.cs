using NetPolNic.Policy.Model;

namespace NetPolNic.Cluster.Sources;

/// <summary>
/// The queue between a source and the apply loop. It holds at most one change per object, so its length is bounded by the
/// cluster's size however fast events come. Nothing is handed out before every kind has synced once. Any number of
/// writers, one reader.
/// </summary>
public sealed class ClusterFeed : IDisposable
{
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _signal = new(0, 1);
    private ClusterChanges _changes = new();
    private long _eventCount;
    private long _firstReceived;
    private bool _isSynced;
    private bool _taken;

    public ClusterFeed(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        _time = time;
    }

    /// <summary>Every kind has been listed once; stays so whatever happens to the source (I5).</summary>
    public bool IsSynced
    {
        get
        {
            lock (_lock)
            {
                return _isSynced;
            }
        }
    }

    /// <summary>Objects that wait for the reader.</summary>
    public int PendingCount
    {
        get
        {
            lock (_lock)
            {
                return _changes.Count;
            }
        }
    }

    /// <summary>Adds changes. They become visible together.</summary>
    /// <param name="write">Writes them; called once, under the feed's lock: quick, and without a call to the feed.</param>
    /// <param name="eventCount">Events they stand for.</param>
    /// <param name="received">When they arrived, by the feed's clock; null: now.</param>
    public void Write(Action<ClusterChanges> write, long eventCount = 1, long? received = null)
    {
        ArgumentNullException.ThrowIfNull(write);
        long now = received ?? _time.GetTimestamp();
        lock (_lock)
        {
            if (_changes.Count == 0)
            {
                _firstReceived = now;
            }

            write(_changes);
            _eventCount += eventCount;
            SignalUnsynchronized();
        }
    }

    /// <summary>Lets the reader have what is there, an empty cluster included, and all that follows.</summary>
    public void MarkSynced()
    {
        lock (_lock)
        {
            if (!_isSynced)
            {
                _isSynced = true;
                _firstReceived = _changes.Count == 0 ? _time.GetTimestamp() : _firstReceived;
                Release();
            }
        }
    }

    /// <summary>
    /// Waits until there may be something to take. A wake-up without anything to take is possible; none is lost.
    /// </summary>
    /// <returns>Whether it was woken, rather than that the time has passed.</returns>
    public Task<bool> WaitAsync(TimeSpan timeout, CancellationToken cancellation) => _signal.WaitAsync(timeout, cancellation);

    /// <summary>As <see cref="WaitAsync"/>, for a reader with a thread of its own.</summary>
    public void Wait() => _signal.Wait();

    /// <summary>Wakes the reader although there may be nothing to take.</summary>
    public void Wake()
    {
        lock (_lock)
        {
            Release();
        }
    }

    /// <summary>Takes all changes; null where there is nothing, or not every kind has synced.</summary>
    /// <remarks>The first batch is handed out even if it is empty: an empty cluster is a policy too.</remarks>
    public ClusterBatch? Take()
    {
        lock (_lock)
        {
            if (!_isSynced || (_changes.Count == 0 && _taken))
            {
                return null;
            }

            ClusterBatch batch = new(_changes, _eventCount, _firstReceived);
            _changes = new ClusterChanges();
            _eventCount = 0;
            _taken = true;
            return batch;
        }
    }

    /// <summary>No member may run any more.</summary>
    public void Dispose() => _signal.Dispose();

    private void SignalUnsynchronized()
    {
        if (_isSynced && _changes.Count > 0)
        {
            Release();
        }
    }

    private void Release()
    {
        if (_signal.CurrentCount == 0)
        {
            _signal.Release();
        }
    }
}
