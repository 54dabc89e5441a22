using System.Globalization;

namespace NetPolNic.Benches.ControlPlane;

/// <summary>What the control-plane measurement does.</summary>
internal sealed record ControlPlaneOptions
{
    public int Pods { get; init; } = 10_000;

    public int Namespaces { get; init; } = 500;

    public int Policies { get; init; } = 10_000;

    /// <summary>Local pods are about so many.</summary>
    public int PodsPerNode { get; init; } = 110;

    /// <summary>NIC profile of the emulated NIC.</summary>
    public string Nic { get; init; } = "mlx5";

    /// <summary>Single events that are measured, after as many to warm up.</summary>
    public int Events { get; init; } = 2000;

    public int Bursts { get; init; } = 5;

    /// <summary>Seconds of 1 000 events each; 0: none.</summary>
    public int LoadSeconds { get; init; } = 60;

    /// <summary>Reads pairs of words such as <c>--pods 100000</c>.</summary>
    /// <exception cref="ArgumentException">An option that does not exist, or one without a value.</exception>
    public static ControlPlaneOptions Parse(IReadOnlyList<string> words)
    {
        ControlPlaneOptions options = new();
        for (int i = 0; i < words.Count; i += 2)
        {
            string value = i + 1 < words.Count ? words[i + 1] : throw new ArgumentException($"{words[i]} needs a value");
            options = words[i] switch
            {
                "--nic" => options with { Nic = value },
                "--pods" => options with { Pods = Number(value) },
                "--namespaces" => options with { Namespaces = Number(value) },
                "--policies" => options with { Policies = Number(value) },
                "--pods-per-node" => options with { PodsPerNode = Number(value) },
                "--events" => options with { Events = Number(value) },
                "--bursts" => options with { Bursts = Number(value) },
                "--load-seconds" => options with { LoadSeconds = Number(value) },
                _ => throw new ArgumentException($"there is no option {words[i]}"),
            };
        }

        return options;
    }

    /// <summary>The words that <see cref="Parse"/> makes the same cluster of.</summary>
    public IEnumerable<string> ClusterWords() =>
    [
        "--pods", Word(Pods), "--namespaces", Word(Namespaces), "--policies", Word(Policies),
        "--pods-per-node", Word(PodsPerNode),
    ];

    private static int Number(string word) => int.Parse(word, CultureInfo.InvariantCulture);

    private static string Word(int number) => number.ToString(CultureInfo.InvariantCulture);
}
