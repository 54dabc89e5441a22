using System.Collections.Immutable;

namespace NetPolNic.Policy.Resolve;

/// <summary>
/// One direction of one endpoint: its interned policy set, and where that came from. Equal by content.
/// </summary>
/// <param name="Set">The effective policy; shared by every endpoint and direction with an equal one.</param>
/// <param name="IsolatedBy">
/// Policies (or the namespace annotation) that isolate, sorted; empty where not isolated, and for a contested address.
/// </param>
/// <param name="RuleOrigins">Parallel to <c>Set.Rules</c>: the origins of each rule, sorted.</param>
public sealed record EndpointDirection(
    PolicySet Set,
    ImmutableArray<RuleOrigin> IsolatedBy,
    ImmutableArray<ImmutableArray<RuleOrigin>> RuleOrigins)
{
    /// <summary>Not isolated.</summary>
    internal static EndpointDirection Open { get; } = new(PolicySet.Open, [], []);

    /// <summary>Isolated by nothing but doubt: the direction of a contested address.</summary>
    internal static EndpointDirection Contested { get; } = new(PolicySet.Closed, [], []);

    public bool Equals(EndpointDirection? other) => ReferenceEquals(this, other) ||
        (other is not null && Set.Equals(other.Set) && IsolatedBy.AsSpan().SequenceEqual(other.IsolatedBy.AsSpan()) &&
            RuleOrigins.Length == other.RuleOrigins.Length &&
            RuleOrigins.Zip(other.RuleOrigins).All(p => p.First.AsSpan().SequenceEqual(p.Second.AsSpan())));

    public override int GetHashCode() => HashCode.Combine(Set, IsolatedBy.Length, RuleOrigins.Length);
}
