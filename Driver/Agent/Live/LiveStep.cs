namespace NetPolNic.Agent.Live;

/// <summary>One claim of a live run, and what came of it.</summary>
/// <param name="Name">The claim: "a transfer arrives intact".</param>
/// <param name="Passed">Whether it holds; true as well where it could not be shown.</param>
/// <param name="Detail">What was seen.</param>
/// <param name="IsSkipped">Whether it could not be shown here; the detail says why.</param>
internal sealed record LiveStep(string Name, bool Passed, string Detail, bool IsSkipped = false)
{
    /// <summary>A claim that cannot be shown here.</summary>
    public static LiveStep Skipped(string name, string why) => new(name, Passed: true, why, IsSkipped: true);
}
