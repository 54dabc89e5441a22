using System.Diagnostics;
using NetPolNic.Fallback;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Benches.Loop;

/// <summary>A control plane under stress beside a loop: allocates 500 MB/s and publishes 1 000 snapshots a second.</summary>
internal static class LoopChurn
{
    private const int ChunkBytes = 4096;
    private const int KeptChunks = 4096;
    private const double BytesPerMs = 500_000;

    /// <summary>What was done.</summary>
    /// <param name="Swaps">Snapshots published.</param>
    /// <param name="Collections">Collections of this runtime.</param>
    public sealed record Report(long Swaps, int Collections);

    /// <summary>Goes on for a time; without churn it only waits.</summary>
    public static Report Run(FallbackDataPath dataPath, PolicySnapshot[] snapshots, TimeSpan time, bool churns)
    {
        int collections = GC.CollectionCount(0);
        long start = Stopwatch.GetTimestamp();
        byte[][] kept = new byte[KeptChunks][];
        long chunks = 0;
        long swaps = 0;
        using ManualResetEventSlim never = new();
        while (Stopwatch.GetElapsedTime(start) is { } passed && passed < time)
        {
            never.Wait(1);
            for (; churns && swaps < (long)passed.TotalMilliseconds; swaps++)
            {
                dataPath.Publish(snapshots[swaps % snapshots.Length]);
            }

            for (; churns && chunks * ChunkBytes < passed.TotalMilliseconds * BytesPerMs; chunks++)
            {
                kept[chunks % KeptChunks] = new byte[ChunkBytes];
            }
        }

        GC.KeepAlive(kept);
        return new Report(swaps, GC.CollectionCount(0) - collections);
    }
}
