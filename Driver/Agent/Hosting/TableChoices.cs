using NetPolNic.Offload.Planning.Budget;

namespace NetPolNic.Agent.Hosting;

/// <summary>What the choices for a table that is too small have come to.</summary>
/// <param name="IsLimited">Not all drops fit at present.</param>
/// <param name="Choices">Looks at the traffic since start.</param>
/// <param name="Operations">Rules created and destroyed because of them, since start, for one port.</param>
/// <param name="Last">The last look.</param>
internal sealed record TableChoices(bool IsLimited, long Choices, long Operations, RechoiceReport Last)
{
    public static TableChoices None { get; } = new(false, 0, 0, default);

    /// <summary>After one more look.</summary>
    public TableChoices Next(bool isLimited, RechoiceReport report) =>
        new(isLimited, Choices + 1, Operations + report.Operations, report);
}
