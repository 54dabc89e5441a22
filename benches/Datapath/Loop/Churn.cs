using System.Diagnostics;
using NetPolNic.Fallback;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Benches.Datapath.Loop;

/// <summary>A control plane under stress beside the loop: publishes snapshots and allocates, each at a rate and on a thread.</summary>
internal sealed class Churn(FallbackDataPath dataPath, Func<PolicySnapshot[]> snapshots) : IDisposable
{
    private const int ChunkBytes = 4096;

    // Some 16 MB stay alive for a while, so that collections have something to do.
    private const int KeptChunks = 4096;

    // What was missed is made up for, but not all at once.
    private const int MostAtOnce = 16;

    private readonly ManualResetEvent _stopped = new(false);
    private Thread[] _threads = [];
    private long _swaps;
    private long _startedAt;
    private long _bytesBefore;
    private int _collectionsBefore;

    /// <summary>Starts.</summary>
    /// <param name="swapsPerSecond">Snapshots.</param>
    /// <param name="bytesPerSecond">Allocations.</param>
    public ChurnReport Start(int swapsPerSecond, long bytesPerSecond)
    {
        PolicySnapshot[] made = snapshots();
        _stopped.Reset();
        _swaps = 0;
        _collectionsBefore = GC.CollectionCount(0);
        _bytesBefore = GC.GetTotalAllocatedBytes();
        _startedAt = Stopwatch.GetTimestamp();
        _threads =
        [
            new Thread(() => Swap(made, swapsPerSecond)) { Name = "swaps", IsBackground = true },
            new Thread(() => Allocate(bytesPerSecond)) { Name = "allocations", IsBackground = true },
        ];
        Array.ForEach(_threads, thread => thread.Start());
        return new ChurnReport(0, 0, 0, 0);
    }

    /// <summary>Stops and says what was done.</summary>
    public ChurnReport Stop()
    {
        _stopped.Set();
        Array.ForEach(_threads, thread => thread.Join());
        return new ChurnReport(
            Stopwatch.GetElapsedTime(_startedAt).TotalSeconds,
            _swaps,
            GC.GetTotalAllocatedBytes() - _bytesBefore,
            GC.CollectionCount(0) - _collectionsBefore);
    }

    public void Dispose()
    {
        Stop();
        _stopped.Dispose();
    }

    private void Swap(PolicySnapshot[] made, int perSecond)
    {
        while (!_stopped.WaitOne(1))
        {
            long due = (long)(Stopwatch.GetElapsedTime(_startedAt).TotalSeconds * perSecond);
            for (int i = 0; _swaps < due && i < MostAtOnce; i++)
            {
                dataPath.Publish(made[_swaps % made.Length]);
                _swaps++;
            }
        }
    }

    private void Allocate(long bytesPerSecond)
    {
        byte[][] kept = new byte[KeptChunks][];
        long allocated = 0;
        while (!_stopped.WaitOne(1))
        {
            long due = (long)(Stopwatch.GetElapsedTime(_startedAt).TotalSeconds * bytesPerSecond);
            for (int i = 0; allocated < due && i < KeptChunks; i++)
            {
                kept[allocated / ChunkBytes % KeptChunks] = new byte[ChunkBytes];
                allocated += ChunkBytes;
            }
        }
    }
}
