namespace NetPolNic.Offload.Planning.Budget;

/// <summary>A drop of one pair, which needs no cover.</summary>
/// <param name="Pair">Which.</param>
/// <param name="Form">How much of it.</param>
/// <param name="Set">Its rule, as a set of the unit whose policy denies the pair.</param>
internal sealed record PairDrop(PairKey Pair, PairForm Form, RuleSet Set)
{
    internal UnitKey Unit => UnitKey.Of(Set);
}
