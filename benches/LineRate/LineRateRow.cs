namespace NetPolNic.Benches.LineRate;

/// <summary>One device and size: the median round, and how far the rounds lie apart.</summary>
internal sealed record LineRateRow(string Device, int Size, double MedianPps, double LowPps, double HighPps, TrialResult? Median)
{
    internal static LineRateRow Of(string device, int size, IReadOnlyList<TrialResult?> rounds)
    {
        TrialResult?[] sorted = [.. rounds.OrderBy(Pps)];
        TrialResult? median = sorted[sorted.Length / 2];
        return new LineRateRow(device, size, Pps(median), Pps(sorted[0]), Pps(sorted[^1]), median);
    }

    private static double Pps(TrialResult? trial) => trial?.OfferedPps ?? 0;
}
