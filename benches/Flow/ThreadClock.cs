using System.Runtime.InteropServices;

namespace NetPolNic.Benches.Flow;

/// <summary>The time that the calling thread has had on a CPU.</summary>
internal static unsafe partial class ThreadClock
{
    /// <summary>CLOCK_THREAD_CPUTIME_ID of linux/time.h.</summary>
    private const int ThreadCpuTime = 3;

    /// <summary>Since the thread began; differences count.</summary>
    public static TimeSpan Now
    {
        get
        {
            long* time = stackalloc long[2];
            int result = clock_gettime(ThreadCpuTime, time);
            return result == 0
                ? TimeSpan.FromTicks((time[0] * TimeSpan.TicksPerSecond) + (time[1] / TimeSpan.NanosecondsPerTick))
                : throw new InvalidOperationException("the thread has no clock");
        }
    }

    [LibraryImport("libc")]
    private static partial int clock_gettime(int clock, long* time);
}
