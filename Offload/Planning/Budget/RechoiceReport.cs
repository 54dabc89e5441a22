namespace NetPolNic.Offload.Planning.Budget;

/// <summary>What one look at the traffic has changed.</summary>
/// <param name="Added">Rules that the table has now.</param>
/// <param name="Removed">Rules that it had.</param>
/// <param name="LeftOut">Sets of rules that are not in the table.</param>
/// <param name="Pairs">Drops of single pairs in the table.</param>
/// <param name="Deferred">Sets and pairs that wait because of the bound on operations.</param>
public readonly record struct RechoiceReport(int Added, int Removed, int LeftOut, int Pairs, int Deferred)
{
    /// <summary>Rules created and destroyed.</summary>
    public int Operations => Added + Removed;
}
