using System.Collections.Immutable;

namespace NetPolNic.Offload.Planning.Budget;

/// <summary>What of the rules is in the table, by content: with it a plan is again a function of the snapshot. Immutable.</summary>
/// <param name="LeftOut">Units whose sets are not in the table, with what was known when that was decided.</param>
/// <param name="Pairs">Drops of single pairs that are, in the order of their names.</param>
/// <param name="WithPasses">Passes are.</param>
/// <param name="WeakestDensity">Packets a second and entry of the weakest set or pair in the table; 0: not measured.</param>
internal sealed record PlanChoice(
    IReadOnlyDictionary<UnitKey, SetBenefit> LeftOut,
    ImmutableArray<PairDrop> Pairs,
    bool WithPasses,
    double WeakestDensity)
{
    /// <summary>The table is large enough.</summary>
    internal static PlanChoice Everything { get; } =
        new(ImmutableDictionary<UnitKey, SetBenefit>.Empty, [], true, 0);

    /// <summary>Whether a set is in the table.</summary>
    internal bool Has(RuleSet set) => LeftOut.Count == 0 || !LeftOut.ContainsKey(UnitKey.Of(set));
}
