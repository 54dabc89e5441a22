using System.Diagnostics;
using NetPolNic.Fallback.Classifier;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Fallback.Worker;

/// <summary>
/// Puts policy snapshots in force by one pointer store, and frees an old one once every worker has passed a quiescent
/// point since. Writers take turns; workers never wait.
/// </summary>
public sealed unsafe class SnapshotPublisher : IDisposable
{
    // A poll takes microseconds, and a worker that naps is not waited for.
    private const int WorkerPatienceMs = 1000;

    private readonly Lock _writers = new();
    private readonly ClassifierBuilder _builder = new();
    private readonly List<WorkerEpoch> _workers = [];
    private readonly Queue<(ClassifierSnapshot Snapshot, long Epoch)> _retired = new();
    private readonly NativeBlock<PublishedTables> _published = new(1);
    private ClassifierSnapshot? _current;

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
    public long MemoryBytes => Volatile.Read(ref _current)?.MemoryBytes ?? 0;

    /// <summary>Native tables of policy sets, those of old snapshots that a worker may still hold included.</summary>
    internal int SetTableCount => _builder.Sets.Count;

    /// <summary>Native tables of policy sets that were ever built.</summary>
    internal long SetTablesBuilt => _builder.Sets.BuiltCount;

    /// <summary>Native memory of all policy sets' tables.</summary>
    internal long SetTableBytes => _builder.Sets.MemoryBytes;

    /// <summary>Counts published changes.</summary>
    internal long Epoch => _published.Pointer->Epoch;

    /// <summary>The tables in force, or null before the first. Only inside an entered epoch.</summary>
    internal ClassifierTables* Current => _published.Pointer->Current;

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
            long epoch = _published.Pointer->Set(next.Tables);
            if (previous is not null)
            {
                _retired.Enqueue((previous, epoch));
            }

            WaitUnsynchronized(epoch);
            ReclaimUnsynchronized();
        }
    }

    /// <summary>Frees everything. No worker may use it any more.</summary>
    public void Dispose()
    {
        lock (_writers)
        {
            _published.Dispose();
            _current?.Dispose();
            _current = null;
            while (_retired.TryDequeue(out (ClassifierSnapshot Snapshot, long Epoch) old))
            {
                old.Snapshot.Dispose();
            }
        }
    }

    /// <summary>Does something while no snapshot can be published; gives it the one in force, or null.</summary>
    internal T Hold<T>(Func<ClassifierSnapshot?, T> action)
    {
        lock (_writers)
        {
            return action(_current);
        }
    }

    internal WorkerEpoch Register()
    {
        lock (_writers)
        {
            WorkerEpoch worker = WorkerEpoch.Create(_published.Pointer);
            _workers.Add(worker);
            return worker;
        }
    }

    internal void Unregister(WorkerEpoch worker)
    {
        lock (_writers)
        {
            _workers.Remove(worker);
            worker.Free();
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

    /// <summary>Waits until no worker can hold anything older; yields the CPU but does not sleep, for it is short.</summary>
    private void WaitUnsynchronized(long epoch)
    {
        SpinWait spin = default;
        long start = Stopwatch.GetTimestamp();
        while (SeenByAllUnsynchronized() < epoch &&
            Stopwatch.GetElapsedTime(start).TotalMilliseconds < WorkerPatienceMs)
        {
            spin.SpinOnce(sleep1Threshold: -1);
        }
    }

    private long SeenByAllUnsynchronized()
    {
        long seen = WorkerEpoch.Outside;
        foreach (WorkerEpoch worker in _workers)
        {
            seen = Math.Min(seen, worker.Announced);
        }

        return seen;
    }
}
