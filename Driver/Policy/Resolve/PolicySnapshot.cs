using System.Collections.Immutable;

namespace NetPolNic.Policy.Resolve;

/// <summary>Resolved policy of one node. Immutable; the input of the planner and of the fallback.</summary>
/// <param name="Generation">Counts up by one with each snapshot of one resolver.</param>
/// <param name="Endpoints">Local pods with an address (never hostNetwork ones), sorted by namespace, name, UID.</param>
/// <param name="Warnings">What an operator should know (SEMANTICS a4 ...), distinct, sorted by text.</param>
public sealed record PolicySnapshot(
    long Generation,
    ImmutableArray<LocalEndpoint> Endpoints,
    ImmutableArray<PolicyWarning> Warnings)
{
    public static PolicySnapshot Empty { get; } = new(0, [], []);

    /// <summary>Whether the other snapshot says the same, whatever its generation.</summary>
    public bool SaysTheSameAs(PolicySnapshot other) =>
        Endpoints.AsSpan().SequenceEqual(other.Endpoints.AsSpan()) &&
        Warnings.AsSpan().SequenceEqual(other.Warnings.AsSpan());
}
