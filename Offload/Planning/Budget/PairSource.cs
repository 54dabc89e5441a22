namespace NetPolNic.Offload.Planning.Budget;

/// <summary>The drops of pairs, as of the policy in force.</summary>
/// <param name="planner">Makes them; null: there are none.</param>
/// <param name="ends">The pods of the policy in force.</param>
internal sealed class PairSource(PairPlanner? planner, Func<PairEnds> ends)
{
    /// <summary>No pair has a drop.</summary>
    internal static PairSource None { get; } = new(null, () => new PairEnds([]));

    /// <summary>The drop of just what is named, or null where none is exact.</summary>
    internal PairDrop? Plan(PairKey pair) => planner?.Plan(pair, ends());

    /// <summary>The drop that two addresses are part of, with as many peers as may be dropped alike; or null.</summary>
    internal PairDrop? Widest(PairKey hosts) => planner?.Widest(hosts, ends());
}
