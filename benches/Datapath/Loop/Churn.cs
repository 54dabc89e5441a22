using System.Diagnostics;
using NetPolNic.Fallback;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Benches.Datapath.Loop;

/// <summary>A control plane under stress beside the loop: publishes snapshots and allocates, both at a rate, on one thread.</summary>
internal sealed class Churn(FallbackDataPath dataPath, Func<PolicySnapshot[]> snapshots) : IDisposable
{
    private const int ChunkBytes = 4096;

    // Some 16 MB stay alive for a while, so that collections have something to do.
    private const int KeptChunks = 4096;

    private readonly AutoResetEvent _tick = new(false);
    private Thread? _thread;
    private volatile bool _stop;
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
        _stop = false;
        _swaps = 0;
        _collectionsBefore = GC.CollectionCount(0);
        _bytesBefore = GC.GetTotalAllocatedBytes();
        _startedAt = Stopwatch.GetTimestamp();
        _thread = new Thread(() => Run(made, swapsPerSecond, bytesPerSecond)) { Name = "churn", IsBackground = true };
        _thread.Start();
        return new ChurnReport(0, 0, 0, 0);
    }

    /// <summary>Stops and says what was done.</summary>
    public ChurnReport Stop()
    {
        _stop = true;
        _thread?.Join();
        return new ChurnReport(
            Stopwatch.GetElapsedTime(_startedAt).TotalSeconds,
            _swaps,
            GC.GetTotalAllocatedBytes() - _bytesBefore,
            GC.CollectionCount(0) - _collectionsBefore);
    }

    public void Dispose()
    {
        Stop();
        _tick.Dispose();
    }

    private void Run(PolicySnapshot[] made, int swapsPerSecond, long bytesPerSecond)
    {
        byte[][] kept = new byte[KeptChunks][];
        long allocated = 0;
        while (!_stop)
        {
            double seconds = Stopwatch.GetElapsedTime(_startedAt).TotalSeconds;
            for (; _swaps < seconds * swapsPerSecond && !_stop; _swaps++)
            {
                dataPath.Publish(made[_swaps % made.Length]);
            }

            for (; allocated < seconds * bytesPerSecond && !_stop; allocated += ChunkBytes)
            {
                kept[allocated / ChunkBytes % KeptChunks] = new byte[ChunkBytes];
            }

            _tick.WaitOne(1);
        }
    }
}
