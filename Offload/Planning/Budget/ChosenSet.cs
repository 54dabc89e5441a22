namespace NetPolNic.Offload.Planning.Budget;

/// <summary>One set with its place in the choice.</summary>
internal sealed class ChosenSet(RuleSet set, long order)
{
    internal RuleSet Set { get; } = set;

    internal UnitKey Unit { get; } = UnitKey.Of(set);

    /// <summary>Sets that came earlier go first where nothing else tells.</summary>
    internal long Order { get; } = order;

    internal bool IsPlaced { get; set; }

    /// <summary>Time in the table, by the samples.</summary>
    internal TimeSpan PlacedFor { get; set; }
}
