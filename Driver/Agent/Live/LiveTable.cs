using System.Collections.Immutable;

namespace NetPolNic.Agent.Live;

/// <summary>One question, asked by every host of every other: measured beside what policy says.</summary>
/// <param name="Question">What was asked.</param>
/// <param name="Measured">[source, destination].</param>
/// <param name="Expected">[source, destination], true where policy allows.</param>
internal sealed record LiveTable(LiveQuestion Question, LiveOutcome[,] Measured, bool[,] Expected)
{
    /// <summary>Whether a cell is not as policy says.</summary>
    public bool Differs(int src, int dst) => Measured[src, dst] switch
    {
        LiveOutcome.NotAsked => false,
        LiveOutcome.Passed => !Expected[src, dst],
        LiveOutcome.Denied => Expected[src, dst],
        _ => true,
    };

    /// <summary>Every cell that was asked.</summary>
    public IEnumerable<(int Src, int Dst)> Cells()
    {
        int count = Measured.GetLength(0);
        for (int src = 0; src < count; src++)
        {
            for (int dst = 0; dst < count; dst++)
            {
                if (Measured[src, dst] != LiveOutcome.NotAsked)
                {
                    yield return (src, dst);
                }
            }
        }
    }

    /// <summary>The cells that are not as policy says.</summary>
    public ImmutableArray<(int Src, int Dst)> Differences() => [.. Cells().Where(cell => Differs(cell.Src, cell.Dst))];
}
