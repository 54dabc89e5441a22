using System.Diagnostics;
using System.Numerics;

namespace NetPolNic.Fallback.Worker;

/// <summary>
/// How long a loop's rounds took, from one poll to the next: a histogram with sixteen steps to each doubling, in native
/// memory. One loop writes; who reads while it does is a round behind.
/// </summary>
[HotPath]
internal unsafe struct RoundTimes
{
    private const int StepBits = 4;
    private const int Steps = 1 << StepBits;

    // The highest is that of long.MaxValue.
    private const int Buckets = 60 * Steps;

    private long _lastTicks;
    private long _maxTicks;
    private long _count;
    private fixed long _buckets[Buckets];

    /// <summary>Begins anew: the time until the next round does not count. The loop.</summary>
    public void Restart() => _lastTicks = 0;

    /// <summary>A round begins. The loop.</summary>
    public void Mark()
    {
        long nowTicks = Stopwatch.GetTimestamp();
        if (_lastTicks != 0)
        {
            long ticks = nowTicks - _lastTicks;
            _buckets[BucketOf(ticks)]++;
            _maxTicks = Math.Max(_maxTicks, ticks);
            _count++;
        }

        _lastTicks = nowTicks;
    }

    /// <summary>Rounds, and the time that a share of them did not exceed, by its bucket's upper end.</summary>
    /// <param name="shares">0 to 1 each.</param>
    public readonly RoundSummary Read(params ReadOnlySpan<double> shares)
    {
        double[] microseconds = new double[shares.Length];
        for (int i = 0; i < shares.Length; i++)
        {
            long left = (long)Math.Ceiling(_count * shares[i]);
            int bucket = 0;
            while (bucket < Buckets - 1 && (left -= _buckets[bucket]) > 0)
            {
                bucket++;
            }

            microseconds[i] = Math.Min(ToMicroseconds(UpperEndOf(bucket)), ToMicroseconds(_maxTicks));
        }

        return new RoundSummary(_count, microseconds, ToMicroseconds(_maxTicks));
    }

    /// <summary>Rounds that took longer than a time, to the step.</summary>
    public readonly long CountAbove(double microseconds)
    {
        long count = 0;
        for (int bucket = 0; bucket < Buckets; bucket++)
        {
            count += ToMicroseconds(UpperEndOf(bucket)) > microseconds ? _buckets[bucket] : 0;
        }

        return count;
    }

    /// <summary>Below 16 each tick has a bucket; above, the four bits behind the leading one choose the step.</summary>
    internal static int BucketOf(long ticks)
    {
        ulong value = (ulong)Math.Max(0, ticks);
        int exponent = BitOperations.Log2(value | 1);
        return exponent < StepBits
            ? (int)value
            : ((exponent - StepBits + 1) << StepBits) + (int)((value >> (exponent - StepBits)) & (Steps - 1));
    }

    internal static long UpperEndOf(int bucket)
    {
        int exponent = (bucket >> StepBits) - 1 + StepBits;
        return bucket < Steps
            ? bucket
            : (long)((((Steps | ((ulong)bucket & (Steps - 1))) + 1) << (exponent - StepBits)) - 1);
    }

    private static double ToMicroseconds(long ticks) => ticks * 1e6 / Stopwatch.Frequency;
}
