using System.Globalization;
using System.Text.RegularExpressions;

namespace NetPolNic.Agent.Tests.Observability;

/// <summary>Reads the Prometheus text format 0.0.4 strictly.</summary>
internal sealed partial class Exposition
{
    private readonly Dictionary<string, string> _types = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _help = new(StringComparer.Ordinal);
    private readonly Dictionary<string, double> _samples = new(StringComparer.Ordinal);

    private Exposition(string text)
    {
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line != "# EOF"))
        {
            Read(line);
        }

        foreach ((string family, string type) in _types)
        {
            Check(family, type);
        }
    }

    /// <summary>Families by name, with their type.</summary>
    public IReadOnlyDictionary<string, string> Types => _types;

    public IReadOnlyDictionary<string, string> Help => _help;

    public static Exposition Parse(string text) => new(text);

    /// <summary>The value of the one sample of a family whose labels contain these.</summary>
    public double Value(string name, params string[] labels) => Assert.Single(
        _samples,
        sample => NameOf(sample.Key) == name &&
            labels.All(label => sample.Key.Contains(label, StringComparison.Ordinal))).Value;

    private static string NameOf(string series) => series.Split('{')[0];

    private void Read(string line)
    {
        if (line.StartsWith('#'))
        {
            string[] parts = line.Split(' ', 4);
            Assert.Equal(4, parts.Length);
            Dictionary<string, string> target = parts[1] switch
            {
                "TYPE" => _types,
                "HELP" => _help,
                "UNIT" => [],
                _ => throw new InvalidDataException(line),
            };
            Assert.True(target.TryAdd(parts[2], parts[3]), $"twice: {line}");
            return;
        }

        Match match = Sample().Match(line);
        Assert.True(match.Success, line);
        string number = match.Groups["value"].Value;
        double value = number switch
        {
            "+Inf" => double.PositiveInfinity,
            "-Inf" => double.NegativeInfinity,
            _ => double.Parse(number, CultureInfo.InvariantCulture),
        };
        Assert.True(_samples.TryAdd(match.Groups["series"].Value, value), $"twice: {line}");
        Assert.Contains(_types.Keys, family => IsOf(NameOf(match.Groups["series"].Value), family));
    }

    private bool IsOf(string name, string family) => name == family ||
        (_types[family] == "histogram" && (string[])[$"{family}_bucket", $"{family}_sum", $"{family}_count"] is var parts &&
            parts.Contains(name));

    private void Check(string family, string type)
    {
        Assert.True(type is "counter" or "gauge" or "histogram", $"{family}: {type}");
        Assert.Equal(type == "counter", family.EndsWith("_total", StringComparison.Ordinal));
        if (type != "histogram")
        {
            return;
        }

        double[] buckets =
            [.. _samples.Where(sample => NameOf(sample.Key) == $"{family}_bucket").Select(sample => sample.Value)];
        Assert.Equal(buckets.Order(), buckets);
        Assert.Contains(_samples.Keys, key => NameOf(key) == $"{family}_bucket" && key.Contains("le=\"+Inf\"", StringComparison.Ordinal));
        Assert.Equal(Value($"{family}_count"), buckets[^1]);
    }

    [GeneratedRegex(
        """^(?<series>[a-zA-Z_:][a-zA-Z0-9_:]*(\{([a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\["\\n])*",?)*\})?) (?<value>[-+0-9.eE]+|NaN|[+-]Inf)( -?[0-9]+)?$""",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Sample();
}
