namespace NetPolNic.Fallback;

/// <summary>How long rounds of a loop took, from one poll to the next.</summary>
/// <param name="Rounds">How many.</param>
/// <param name="Microseconds">For each share that was asked about, the time that so many did not exceed; within a sixteenth.</param>
/// <param name="MaxMicroseconds">The longest.</param>
public sealed record RoundSummary(long Rounds, IReadOnlyList<double> Microseconds, double MaxMicroseconds);
