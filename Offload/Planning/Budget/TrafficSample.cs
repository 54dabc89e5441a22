using System.Collections.Immutable;

namespace NetPolNic.Offload.Planning.Budget;

/// <summary>
/// What was measured since the sample before. It only ever decides which exact rules are worth their place: numbers that
/// are wrong cost CPU, never a verdict.
/// </summary>
/// <param name="Elapsed">Time since the sample before.</param>
/// <param name="Hits">Packets that each drop rule matched; a rule that is not listed is not in any NIC.</param>
/// <param name="Pairs">Denied by the fallback, the pairs with the most packets.</param>
/// <param name="Totals">Denied by the fallback, by pod address and direction.</param>
public sealed record TrafficSample(
    TimeSpan Elapsed,
    IReadOnlyDictionary<RuleKey, RuleHit> Hits,
    ImmutableArray<DeniedPair> Pairs,
    ImmutableArray<DeniedTotal> Totals)
{
    /// <summary>Nothing was measured.</summary>
    public static TrafficSample None(TimeSpan elapsed) =>
        new(elapsed, ImmutableDictionary<RuleKey, RuleHit>.Empty, [], []);
}
