using System.Runtime.InteropServices;

namespace NetPolNic.Fallback.Worker;

/// <summary>
/// Says which snapshots a worker can still hold. While entered, the worker has announced the last change it saw;
/// outside it holds none. On a cache line of its own.
/// </summary>
[HotPath]
internal sealed unsafe class WorkerEpoch : IDisposable
{
    /// <summary>Announced by a worker that holds no snapshot.</summary>
    public const long Outside = long.MaxValue;

    private readonly NativeBlock<PaddedLong> _announced = new(1);
    private readonly SnapshotPublisher _publisher;

    public WorkerEpoch(SnapshotPublisher publisher)
    {
        _publisher = publisher;
        _announced.Pointer->Value = Outside;
    }

    /// <summary>The oldest change this worker may not have seen yet is the one after this.</summary>
    public long Announced => Volatile.Read(ref _announced.Pointer->Value);

    /// <summary>Begins to use snapshots. A full fence: the announcement is visible before a snapshot is read.</summary>
    public void Enter()
    {
        Volatile.Write(ref _announced.Pointer->Value, _publisher.Epoch);
        Interlocked.MemoryBarrier();
    }

    /// <summary>A quiescent point between bursts: whatever was held is let go. No fence.</summary>
    public void Quiesce() => Volatile.Write(ref _announced.Pointer->Value, _publisher.Epoch);

    /// <summary>Holds nothing from now on.</summary>
    public void Exit() => Volatile.Write(ref _announced.Pointer->Value, Outside);

    public void Dispose() => _announced.Dispose();

    // 128 bytes: the adjacent-line prefetcher pairs cache lines.
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct PaddedLong
    {
        [FieldOffset(0)]
        public long Value;
    }
}
