namespace NetPolNic.Offload.Planning.Budget;

/// <summary>How a table that is too small is filled by measured traffic.</summary>
public sealed record BudgetOptions
{
    public static BudgetOptions Default { get; } = new();

    /// <summary>Time after which what was measured counts half.</summary>
    public TimeSpan HalfLife { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What is in the table counts this much more than what would replace it, 1 or more.</summary>
    public double Hysteresis { get; init; } = 1.25;

    /// <summary>A new choice must drop this part more than the present one, or it is not worth the operations.</summary>
    public double LeastGain { get; init; } = 0.005;

    /// <summary>What was placed stays this long, as long as policy wants it.</summary>
    public TimeSpan MinimumStay { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Rules created and destroyed by re-choosing, on average over time. A set that is larger than what has been saved up
    /// is placed all the same, and the next choice waits for it.
    /// </summary>
    public double OperationsPerSecond { get; init; } = 500;

    /// <summary>Operations that may be saved up, in seconds of <see cref="OperationsPerSecond"/>.</summary>
    public double SavedSeconds { get; init; } = 2;

    /// <summary>Rates below this many packets a second are forgotten.</summary>
    public double LeastRate { get; init; } = 0.01;

    /// <summary>Pairs that are remembered at most, those with the highest rates.</summary>
    public int MaxPairs { get; init; } = 16384;
}
