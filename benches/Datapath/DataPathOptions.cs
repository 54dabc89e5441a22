using System.Globalization;
using NetPolNic.Benches.Datapath.Contestants;
using NetPolNic.Benches.Datapath.Loop;
using NetPolNic.Benches.Datapath.Traffic;
using NetPolNic.Policy.Model;

namespace NetPolNic.Benches.Datapath;

/// <summary>What the data-path measurement does.</summary>
internal sealed record DataPathOptions
{
    public int Flows { get; init; } = 10_000;

    public int Rules { get; init; } = 1_000;

    /// <summary>What the packets of the first workload are; other than established ones: that workload only.</summary>
    public WorkloadKind Traffic { get; init; } = WorkloadKind.Established;

    /// <summary>Of the first workload's addresses; IPv6: that workload only.</summary>
    public IpFamily Family { get; init; } = IpFamily.V4;

    public int Rounds { get; init; } = 5;

    /// <summary>Length of one window of one contestant.</summary>
    public double Seconds { get; init; } = 0.5;

    /// <summary>Length of the run under churn; 0: none.</summary>
    public int StallSeconds { get; init; } = 60;

    /// <summary>OVS-DPDK and nftables too.</summary>
    public bool Peers { get; init; }

    /// <summary>Fewer workloads, three short rounds.</summary>
    public bool Quick { get; init; }

    /// <summary>The first workload only.</summary>
    public bool BaseOnly { get; init; }

    /// <summary>Contestants to run; empty: all.</summary>
    public IReadOnlyList<ContestantKind> Only { get; init; } = [];

    /// <summary>
    /// Ports are shared memory to a testpmd on another CPU that replays the traffic, instead of replaying it themselves.
    /// </summary>
    public bool IsFed { get; init; }

    /// <summary>Hugepages, of which there must be enough; off by default, for all contestants alike.</summary>
    public bool Hugepages { get; init; }

    /// <summary>The ahead-of-time compiled loop; by default where there is one.</summary>
    public bool IsNative { get; init; } = LoopCode.IsNativePossible;

    /// <summary>CPU of the measured loops; the last one by default.</summary>
    public int Cpu { get; init; } = Environment.ProcessorCount - 1;

    /// <summary>A folder of manifests to measure instead of the made-up policy; with <see cref="Pcap"/>.</summary>
    public string Manifests { get; init; } = "";

    /// <summary>Traffic to measure.</summary>
    public string Pcap { get; init; } = "";

    /// <summary>Node whose pods are local; empty: all are.</summary>
    public string Node { get; init; } = "";

    /// <summary>File for all samples; empty: none.</summary>
    public string Json { get; init; } = "";

    /// <summary>File for the chart; empty: none.</summary>
    public string Figure { get; init; } = "";

    public bool IsGiven => Manifests.Length > 0;

    /// <summary>Reads words such as <c>--rules 100 --peers</c>.</summary>
    /// <exception cref="ArgumentException">An option that does not exist, one without a value, or a bad mixture.</exception>
    public static DataPathOptions Parse(IReadOnlyList<string> words)
    {
        DataPathOptions options = words.Contains("--quick")
            ? new DataPathOptions { Quick = true, Rounds = 3, Seconds = 0.2, StallSeconds = 10 }
            : new DataPathOptions();
        for (int i = 0; i < words.Count; i++)
        {
            string word = words[i];
            string value() => ++i < words.Count ? words[i] : throw new ArgumentException($"{word} needs a value");
            int number() => int.Parse(value(), CultureInfo.InvariantCulture);
            options = word switch
            {
                "--quick" => options,
                "--traffic" => options with { Traffic = TrafficOf(value()), BaseOnly = true },
                "--ipv6" => options with { Family = IpFamily.V6, BaseOnly = true },
                "--base-only" => options with { BaseOnly = true },
                "--peers" => options with { Peers = true },
                "--only" => options with { Only = [.. value().Split(',').Select(KindOf)] },
                "--source" => options with { IsFed = SourceOf(value()) },
                "--hugepages" => options with { Hugepages = true },
                "--flows" => options with { Flows = number() },
                "--rules" => options with { Rules = number() },
                "--rounds" => options with { Rounds = number() },
                "--seconds" => options with { Seconds = double.Parse(value(), CultureInfo.InvariantCulture) },
                "--stall-seconds" => options with { StallSeconds = number() },
                "--loop" => options with { IsNative = LoopOf(value()) },
                "--cpu" => options with { Cpu = number() },
                "--manifests" => options with { Manifests = value() },
                "--pcap" => options with { Pcap = value() },
                "--node" => options with { Node = value() },
                "--json" => options with { Json = value() },
                "--figure" => options with { Figure = value() },
                _ => throw new ArgumentException($"there is no option {word}"),
            };
        }

        if ((options.Manifests.Length > 0) != (options.Pcap.Length > 0))
        {
            throw new ArgumentException("--manifests and --pcap go together");
        }

        if (options.IsFed)
        {
            // The run under churn paces ports that replay, and neither peer has ports of this kind.
            options = options.Peers
                ? throw new ArgumentException("--source memif is not for --peers: OVS and the kernel have other ports")
                : options with { StallSeconds = 0 };
        }

        return options.Rounds > 0 && options.Seconds > 0 && Environment.ProcessorCount > 1
            ? options
            : throw new ArgumentException("at least one round, windows longer than 0 s, and two CPUs");
    }

    private static ContestantKind KindOf(string word) =>
        Enum.TryParse(word, ignoreCase: true, out ContestantKind kind) && Enum.IsDefined(kind)
            ? kind
            : throw new ArgumentException(
                $"--only {word}: there is {string.Join(", ", Enum.GetNames<ContestantKind>()).ToLowerInvariant()}");

    private static WorkloadKind TrafficOf(string word) =>
        Enum.TryParse(word, ignoreCase: true, out WorkloadKind kind) && Enum.IsDefined(kind) && kind != WorkloadKind.Given
            ? kind
            : throw new ArgumentException($"--traffic {word}: there is established, new, denied, mixed");

    private static bool SourceOf(string word) => word switch
    {
        "pcap" => false,
        "memif" => true,
        _ => throw new ArgumentException($"--source {word}: there is pcap, memif"),
    };

    private static bool LoopOf(string word) => word switch
    {
        "managed" => false,
        "native" when LoopCode.IsNativePossible => true,
        _ => throw new ArgumentException($"--loop {word}: there is 'managed'{(LoopCode.IsNativePossible ? " and 'native'" : "")}"),
    };
}
