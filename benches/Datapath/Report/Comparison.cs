using NetPolNic.Benches.Datapath.Contestants;

namespace NetPolNic.Benches.Datapath.Report;

/// <summary>A figure with its goal: the median of the ratios of each round.</summary>
/// <param name="What">For a reader.</param>
/// <param name="Own">The one that is judged.</param>
/// <param name="Other">What it is set against, or null.</param>
/// <param name="Kind">How.</param>
/// <param name="Goal">What is to be reached, or null: the figure is for information.</param>
internal sealed record Comparison(string What, Entrant Own, Entrant? Other, ComparisonKind Kind, double? Goal)
{
    /// <summary>What feeds <see cref="Other"/> at its own cost, which does not count; or null.</summary>
    public Entrant? Feeder { get; init; }

    /// <summary>All that it is made of.</summary>
    public IEnumerable<Entrant> Entrants => new[] { Own, Other, Feeder }.OfType<Entrant>();

    private bool IsLessBetter => Kind is ComparisonKind.Time or ComparisonKind.BytesPerRule;

    /// <summary>The figure, or null where a run that it needs has failed.</summary>
    public double? Value
    {
        get
        {
            if (!Own.HasFigures || Other is { HasFigures: false } || Feeder is { HasFigures: false })
            {
                return null;
            }

            return Kind switch
            {
                ComparisonKind.MillionsPerSecond => 1e3 / Own.MedianNs,
                ComparisonKind.BytesPerRule => (double)Own.PolicyBytes / Own.Workload.Rules,
                ComparisonKind.Throughput when Feeder is not null => Entrant.Median(Own.Samples.Select((own, round) =>
                    (Other!.Samples[round].NsPerPacket - Feeder.Samples[round].NsPerPacket) / own.NsPerPacket)),
                ComparisonKind.Throughput => Ratio(Other!, Own),
                _ => Ratio(Own, Other!),
            };
        }
    }

    /// <summary>For example "≤ 1.05".</summary>
    public string GoalText => Goal is { } goal ? FormattableString.Invariant($"{(IsLessBetter ? '≤' : '≥')} {goal}") : "";

    /// <summary>Whether the goal is reached; null where there is none, or no figure.</summary>
    public bool? IsMet => Value is { } value && Goal is { } goal ? IsLessBetter ? value <= goal : value >= goal : null;

    private static double Ratio(Entrant above, Entrant below) => Entrant.Median(
        above.Samples.Zip(below.Samples).Select(pair => pair.First.NsPerPacket / pair.Second.NsPerPacket));
}
