using System.Collections.Immutable;

namespace NetPolNic.Offload.Planning;

/// <summary>
/// What the NIC shall do, and what it shall leave to the fallback. A packet that no rule matches is punted.
/// </summary>
/// <param name="Rules">
/// Rules with distinct keys, by class: covers, drops, remainders, passes. Created in this order, every prefix of the
/// list is sound by itself.
/// </param>
/// <param name="Punts">What is left to the fallback, by pod and direction.</param>
/// <param name="Cover">How the strongest punts look, to neutralise a rule that will not go away; null where the NIC
/// cannot punt by a rule.</param>
/// <param name="Remainder">The same for passes; null where the plan has none.</param>
public sealed record OffloadPlan(
    ImmutableArray<PlannedRule> Rules,
    ImmutableArray<PuntedRegion> Punts,
    RuleTemplate? Cover,
    RuleTemplate? Remainder)
{
    /// <summary>As in <see cref="RuleDelta"/>.</summary>
    internal Func<uint, RuleTemplate?>? GroupPunts { get; init; }

    public static OffloadPlan Empty { get; } = new([], [], null, null);
}
