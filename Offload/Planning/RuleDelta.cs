using System.Collections.Immutable;

namespace NetPolNic.Offload.Planning;

/// <summary>What makes one plan's rules of another's.</summary>
/// <param name="Added">Only in the new plan.</param>
/// <param name="Removed">Only in the old plan.</param>
/// <param name="Changed">In both, with other contents besides the key.</param>
/// <param name="Cover">As in <see cref="OffloadPlan"/>.</param>
/// <param name="Remainder">As in <see cref="OffloadPlan"/>.</param>
internal sealed record RuleDelta(
    ImmutableArray<PlannedRule> Added,
    ImmutableArray<PlannedRule> Removed,
    ImmutableArray<PlannedRule> Changed,
    RuleTemplate? Cover,
    RuleTemplate? Remainder)
{
    /// <summary>How pure punts of groups above 0 look at their strongest priority; null: there are no groups.</summary>
    internal Func<uint, RuleTemplate?>? GroupPunts { get; init; }

    /// <summary>The strongest pure punt of a group: neutralises, and stands in while rules are exchanged.</summary>
    internal RuleTemplate? PuntIn(uint group) => group == 0 ? Cover : GroupPunts?.Invoke(group);

    internal bool IsEmpty => Added.IsEmpty && Removed.IsEmpty && Changed.IsEmpty;
}
