using System.Diagnostics.Metrics;

namespace NetPolNic.Agent.Observability;

/// <summary>The agent's meter: every instrument belongs to it.</summary>
internal static class AgentMeter
{
    /// <summary>The meter's name.</summary>
    public const string Name = "NetPolNic";

    /// <summary>Histogram bounds in seconds, 100 µs to 10 s.</summary>
    public static readonly InstrumentAdvice<double> Latency = new()
    {
        HistogramBucketBoundaries =
            [1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    };

    /// <summary>Histogram bounds for counts of objects.</summary>
    public static readonly InstrumentAdvice<long> Sizes = new()
    {
        HistogramBucketBoundaries = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10_000, 100_000],
    };

    /// <summary>The meter of one agent.</summary>
    public static Meter Create(IMeterFactory factory) => factory.Create(Name);

    /// <summary>A label's value: a constant's name in the manner of Prometheus, "TableFull" as "table_full".</summary>
    public static string Label<T>(T value)
        where T : struct, Enum => Labels<T>.Of[value];

    private static class Labels<T>
        where T : struct, Enum
    {
        public static readonly Dictionary<T, string> Of = Enum.GetValues<T>().Distinct().ToDictionary(
            value => value,
            value => string.Concat(value.ToString().Select((letter, i) => char.IsUpper(letter)
                ? (i == 0 ? "" : "_") + char.ToLowerInvariant(letter)
                : letter.ToString())));
    }
}
