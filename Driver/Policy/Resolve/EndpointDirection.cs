using System.Collections.Immutable;

namespace NetPolNic.Policy.Resolve;

/// <summary>One direction of one endpoint: its interned policy set, and where that came from.</summary>
/// <param name="Set">The effective policy; shared by every endpoint and direction with an equal one.</param>
/// <param name="IsolatedBy">Policies (or the namespace annotation) that isolate; empty where not isolated.</param>
/// <param name="RuleOrigins">Parallel to <c>Set.Rules</c>: the origins of each rule.</param>
public sealed record EndpointDirection(
    PolicySet Set,
    ImmutableArray<RuleOrigin> IsolatedBy,
    ImmutableArray<ImmutableArray<RuleOrigin>> RuleOrigins);
