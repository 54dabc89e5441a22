using System.Collections.Immutable;
using System.Globalization;

namespace NetPolNic.Benches.LineRate;

/// <summary>What the line-rate measurement does.</summary>
internal sealed record LineRateOptions
{
    /// <summary>Frame sizes without FCS, in bytes; 0 is the IMIX.</summary>
    public ImmutableArray<int> Sizes { get; init; } = [64, 128, 256, 512, 1024, 1280, 1518, 0];

    /// <summary>Connections, each with traffic in both directions.</summary>
    public int Flows { get; init; } = 1000;

    /// <summary>Seconds of one trial (RFC 2544, 24 asks for 60; the search does with less and confirms its answer).</summary>
    public double TrialSec { get; init; } = 2;

    /// <summary>The search ends when its bounds are so close, as a share of the upper one.</summary>
    public double Resolution { get; init; } = 0.02;

    /// <summary>Frames that may be lost, per million.</summary>
    public double LossPpm { get; init; }

    /// <summary>Searches of each device and size; the median counts.</summary>
    public int Rounds { get; init; } = 3;

    /// <summary>Edits of the policy per second in the measurement with churn.</summary>
    public int ChurnPerSec { get; init; } = 10;

    /// <summary>CPU of the device under test; the generator has the other one.</summary>
    public int DeviceCpu { get; init; }

    public int GeneratorCpu { get; init; } = 1;

    /// <summary>Folder that table and chart are written to, or null: the table is only printed.</summary>
    public string? Docs { get; init; }

    /// <summary>Reads pairs of words such as <c>--flows 10000</c>, and <c>--quick</c>.</summary>
    /// <exception cref="ArgumentException">An option that does not exist, or one without a value.</exception>
    public static LineRateOptions Parse(IReadOnlyList<string> words)
    {
        LineRateOptions options = new();
        for (int i = 0; i < words.Count; i++)
        {
            if (words[i] == "--quick")
            {
                options = options with { Sizes = [64, 0], TrialSec = 0.5, Rounds = 1, Resolution = 0.05 };
                continue;
            }

            string name = words[i];
            string value = ++i < words.Count ? words[i] : throw new ArgumentException($"{name} needs a value");
            options = name switch
            {
                "--sizes" => options with { Sizes = [.. value.Split(',').Select(Size)] },
                "--flows" => options with { Flows = (int)Number(value) },
                "--seconds" => options with { TrialSec = Number(value) },
                "--resolution" => options with { Resolution = Number(value) },
                "--loss-ppm" => options with { LossPpm = Number(value) },
                "--rounds" => options with { Rounds = (int)Number(value) },
                "--churn" => options with { ChurnPerSec = (int)Number(value) },
                "--docs" => options with { Docs = value },
                _ => throw new ArgumentException($"there is no option {name}"),
            };
        }

        return options;
    }

    /// <summary>"64", or "IMIX".</summary>
    public static string NameOf(int size) => size == 0 ? "IMIX" : size.ToString(CultureInfo.InvariantCulture);

    private static int Size(string word) => word.Equals("imix", StringComparison.OrdinalIgnoreCase) ? 0 : (int)Number(word);

    private static double Number(string word) => double.Parse(word, CultureInfo.InvariantCulture);
}
