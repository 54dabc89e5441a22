using NetPolNic.Fallback.Classifier;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Fallback.Worker;

/// <summary>
/// Puts policy snapshots in force by one pointer store, and frees an old one once every worker has passed a quiescent
/// point since. Writers take turns; workers never wait.
/// </summary>
public sealed unsafe class SnapshotPublisher : IDisposable
{
    // A poll takes microseconds, an idle worker's nap a millisecond.
    private const int WorkerPatienceMs = 1000;

    private readonly Lock _writers = new();
    private readonly ClassifierBuilder _builder = new();
    private readonly List<WorkerEpoch> _workers = [];
    private readonly Queue<(ClassifierSnapshot Snapshot, long Epoch)> _retired = new();
    private ClassifierSnapshot? _current;
    private nint _tables;
    private long _epoch;

    /// <summary>Old snapshots that a worker may still hold.</summary>
    public int RetiredCount
    {
        get
        {
            lock (_writers)
            {
                ReclaimUnsynchronized();
                return _retired.Count;
            }
        }
    }

    /// <summary>Native memory of the snapshot in force.</summary>
    public long MemoryBytes => _current?.MemoryBytes ?? 0;

    /// <summary>Counts published changes.</summary>
    internal long Epoch => Volatile.Read(ref _epoch);

    /// <summary>The tables in force, or null before the first. Only inside an entered epoch.</summary>
    internal ClassifierTables* Current => (ClassifierTables*)Volatile.Read(ref _tables);

    /// <summary>
    /// Builds the tables of a snapshot and puts them in force. Returns when every worker decides by them, or after a second
    /// where one hangs. Any control thread; never a worker.
    /// </summary>
    public void Publish(PolicySnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        lock (_writers)
        {
            ClassifierSnapshot next = _builder.Build(snapshot);
            ClassifierSnapshot? previous = _current;
            _current = next;
            Volatile.Write(ref _tables, (nint)next.Tables);
            long epoch = Interlocked.Increment(ref _epoch);
            if (previous is not null)
            {
                _retired.Enqueue((previous, epoch));
            }

            SpinWait.SpinUntil(() => SeenByAllUnsynchronized() >= epoch, WorkerPatienceMs);
            ReclaimUnsynchronized();
        }
    }

    /// <summary>Frees everything. No worker may be entered.</summary>
    public void Dispose()
    {
        lock (_writers)
        {
            Volatile.Write(ref _tables, 0);
            _current?.Dispose();
            _current = null;
            while (_retired.TryDequeue(out (ClassifierSnapshot Snapshot, long Epoch) old))
            {
                old.Snapshot.Dispose();
            }
        }
    }

    internal WorkerEpoch Register()
    {
        lock (_writers)
        {
            WorkerEpoch worker = new(this);
            _workers.Add(worker);
            return worker;
        }
    }

    internal void Unregister(WorkerEpoch worker)
    {
        lock (_writers)
        {
            _workers.Remove(worker);
            worker.Dispose();
        }
    }

    /// <summary>
    /// A worker that announces an epoch has read it after the store of the tables that came with it, so it cannot hold
    /// older ones.
    /// </summary>
    private void ReclaimUnsynchronized()
    {
        Interlocked.MemoryBarrier();
        long seenByAll = SeenByAllUnsynchronized();
        while (_retired.TryPeek(out (ClassifierSnapshot Snapshot, long Epoch) oldest) && oldest.Epoch <= seenByAll)
        {
            _retired.Dequeue().Snapshot.Dispose();
        }
    }

    private long SeenByAllUnsynchronized() =>
        _workers.Count == 0 ? WorkerEpoch.Outside : _workers.Min(worker => worker.Announced);
}
