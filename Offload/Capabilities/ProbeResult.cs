using System.Collections.Immutable;

namespace NetPolNic.Offload.Capabilities;

/// <summary>A profile, narrowed to what a live port accepts of it.</summary>
/// <param name="Narrowed">Never more than the profile.</param>
/// <param name="Answers">What was asked, in that order.</param>
public sealed record ProbeResult(NicCapabilities Narrowed, ImmutableArray<ProbeAnswer> Answers)
{
    /// <summary>How rules get into the port, "async" or "sync"; null where that was not asked.</summary>
    public string? FlowApi { get; init; }

    /// <summary>The port accepts all of the profile.</summary>
    public bool IsWhole => Answers.All(answer => answer.Refusal is null);
}
