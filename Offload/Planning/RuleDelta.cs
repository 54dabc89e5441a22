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
    internal bool IsEmpty => Added.IsEmpty && Removed.IsEmpty && Changed.IsEmpty;
}
