using NetPolNic.Benches.Datapath.Traffic;

namespace NetPolNic.Benches.Datapath.Contestants;

/// <summary>One contestant on one workload, and what it did.</summary>
internal sealed class Entrant(ContestantKind kind, Workload workload)
{
    // Windows begin and end anywhere in the traffic's cycle, and counters are read a few bursts apart.
    private const double ShareTolerance = 0.002;
    private const double ToleratedPkts = 256;
    private const double MinOpenedShare = 0.95;

    public ContestantKind Kind { get; } = kind;

    public Workload Workload { get; } = workload;

    /// <summary>Samples by round.</summary>
    public List<Sample> Samples { get; } = [];

    /// <summary>Why there are no figures, or null.</summary>
    public string? Error { get; set; }

    /// <summary>Memory of its compiled policy, or 0.</summary>
    public long PolicyBytes { get; set; }

    /// <summary>Share of the packets that policy denies.</summary>
    public double DeniedShare { get; set; }

    public bool HasFigures => Error is null && Samples.Count > 0;

    /// <summary>Whether it decides at all; testpmd's modes only forward.</summary>
    public bool Decides => Kind is ContestantKind.NetPolNic or ContestantKind.Composed or ContestantKind.AclOnly or
        ContestantKind.OvsDpdk or ContestantKind.NfTables;

    public double MedianNs => Median(Samples.Select(sample => sample.NsPerPacket));

    /// <summary>For a reader.</summary>
    public string Name => Kind switch
    {
        ContestantKind.NetPolNic => "NetPolNic",
        ContestantKind.Composed => "rte_hash + rte_acl",
        ContestantKind.AclOnly => "rte_acl on every packet",
        ContestantKind.TestpmdIo => "testpmd io",
        ContestantKind.TestpmdMacSwap => "testpmd macswap",
        ContestantKind.TestpmdFiveTupleSwap => "testpmd 5tswap",
        ContestantKind.OvsDpdk => "OVS-DPDK conntrack",
        ContestantKind.NfTables => "nftables conntrack, with its sender",
        _ => "the sender of nftables alone",
    };

    /// <summary>Takes a sample; one whose verdicts are wrong makes the entrant an error.</summary>
    public void Add(Sample sample)
    {
        Samples.Add(sample);
        if (sample.Packets == 0)
        {
            Error ??= "forwarded nothing";
        }
        else if (Decides && Math.Abs(sample.DroppedShare - DeniedShare) > ShareTolerance + (ToleratedPkts / sample.Packets))
        {
            Error ??= FormattableString.Invariant(
                $"dropped {sample.DroppedShare:P2} of the packets, {DeniedShare:P2} are to be denied ({Reasons(sample)})");
        }
        else if (Workload.Kind == WorkloadKind.New && sample.OpenedShare < MinOpenedShare &&
            Kind is ContestantKind.NetPolNic or ContestantKind.Composed)
        {
            Error ??= FormattableString.Invariant($"only {sample.OpenedShare:P1} of the packets opened a connection");
        }
    }

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    public static string Reasons(Sample sample) => sample.Reasons.Count == 0
        ? ""
        : string.Join(", ", sample.Reasons.OrderByDescending(reason => reason.Value).Select(reason =>
            FormattableString.Invariant($"{reason.Key} {(double)reason.Value / sample.Packets:P1}")));
}
