namespace NetPolNic.Benches.LineRate;

/// <summary>Times in nanoseconds, 32 steps to each power of two: at most 3 % off. Adding allocates nothing.</summary>
internal sealed class LatencyHistogram
{
    private const int StepBits = 5;

    private readonly long[] _counts = new long[64 << StepBits];

    internal long Count { get; private set; }

    internal void Add(long ns)
    {
        ulong value = (ulong)Math.Max(ns, 1 << StepBits);
        int shift = 63 - System.Numerics.BitOperations.LeadingZeroCount(value) - StepBits;
        _counts[(shift << StepBits) + (int)((value >> shift) & ((1 << StepBits) - 1))]++;
        Count++;
    }

    internal void Clear()
    {
        Array.Clear(_counts);
        Count = 0;
    }

    /// <summary>Becomes a copy of another one.</summary>
    internal void Take(LatencyHistogram other)
    {
        other._counts.CopyTo(_counts, 0);
        Count = other.Count;
    }

    /// <summary>The time that <paramref name="share"/> (0 to 1) of all are not above, in microseconds; NaN of none.</summary>
    internal double QuantileUs(double share)
    {
        long left = (long)Math.Ceiling(Count * share);
        for (int i = 0; i < _counts.Length && Count > 0; i++)
        {
            left -= _counts[i];
            if (left <= 0)
            {
                int shift = i >> StepBits;
                return (double)((ulong)((1 << StepBits) + (i & ((1 << StepBits) - 1)) + 1) << shift) / 1000;
            }
        }

        return double.NaN;
    }
}
