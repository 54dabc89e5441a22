using System.Diagnostics;
using Dpdk.Eal;

namespace NetPolNic.Benches.Datapath;

/// <summary>
/// How long a CPU stands still for a thread that never waits: what is left of its time to whoever runs the machine. No loop on
/// that CPU can lose less.
/// </summary>
/// <param name="Share">Of the time, in pauses of more than <see cref="PauseUs"/>.</param>
/// <param name="LongestUs">The longest pause, in microseconds.</param>
internal sealed record Standstill(double Share, double LongestUs)
{
    /// <summary>Microseconds of the shortest pause that counts.</summary>
    public const int PauseUs = 100;

    /// <summary>Measures, on a thread of its own.</summary>
    /// <param name="cpu">Of the thread.</param>
    /// <param name="time">How long.</param>
    public static Standstill Measure(int cpu, TimeSpan time)
    {
        long paused = 0;
        long longest = 0;
        Thread thread = new(() =>
        {
            DpdkThread.TryPin(cpu);
            DpdkThread.TryTakePrecedence();
            long least = Stopwatch.Frequency * PauseUs / 1_000_000;
            long last = Stopwatch.GetTimestamp();
            long end = last + (long)(time.TotalSeconds * Stopwatch.Frequency);
            while (last < end)
            {
                long now = Stopwatch.GetTimestamp();
                long pause = now - last;
                paused += pause > least ? pause : 0;
                longest = Math.Max(longest, pause);
                last = now;
            }
        });
        thread.Start();
        thread.Join();
        return new Standstill(paused / (time.TotalSeconds * Stopwatch.Frequency), longest * 1e6 / Stopwatch.Frequency);
    }
}
