namespace NetPolNic.Offload.Planning.Budget;

/// <summary>One pair drop in the table.</summary>
internal sealed class ChosenPair(PairDrop drop)
{
    internal PairDrop Drop { get; set; } = drop;

    /// <summary>Time in the table, by the samples.</summary>
    internal TimeSpan PlacedFor { get; set; }
}
