using System.Collections.Immutable;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Agent.Hosting;

/// <summary>What the apply loop has achieved so far. Immutable; any thread.</summary>
internal sealed record AgentView
{
    /// <summary>Nothing yet.</summary>
    public static AgentView Initial { get; } = new();

    /// <summary>The policy in force; <see cref="PolicySnapshot.Empty"/> while there is none and nothing passes.</summary>
    public PolicySnapshot Snapshot { get; init; } = PolicySnapshot.Empty;

    /// <summary>The policy that should be in force: another one than <see cref="Snapshot"/> after a failure.</summary>
    public PolicySnapshot Desired { get; init; } = PolicySnapshot.Empty;

    /// <summary>Generation in force; 0: none yet.</summary>
    public long Generation => Snapshot.Generation;

    /// <summary>Every kind of object has been read once.</summary>
    public bool IsSynced { get; init; }

    /// <summary>When <see cref="Snapshot"/> came in force; null: none yet.</summary>
    public DateTimeOffset? AppliedAt { get; init; }

    /// <summary>What the last apply or retry led to; null: none yet.</summary>
    public ApplyOutcome? Outcome { get; init; }

    /// <summary>What failed in the last round; null when a later round succeeded.</summary>
    public string? LastError { get; init; }

    /// <summary>When <see cref="LastError"/> happened.</summary>
    public DateTimeOffset? LastErrorAt { get; init; }

    /// <summary>Rounds in a row that failed, or in which a NIC refused.</summary>
    public int Attempts { get; init; }

    /// <summary>When the loop tries again by itself; null: it has nothing to try.</summary>
    public DateTimeOffset? RetryAt { get; init; }

    /// <summary>Objects that wait to be taken in.</summary>
    public int Pending { get; init; }

    /// <summary>The agent is on its way out: events are no longer taken.</summary>
    public bool IsDraining { get; init; }

    /// <summary>
    /// The newest policy that was resolved decides every packet of every local pod: a NIC that refuses a rule does not
    /// matter for that, one that keeps a rule it should not have does.
    /// </summary>
    public bool IsInForce => Missing.IsEmpty;

    /// <summary>What keeps the policy from being in force, one sentence each; empty: nothing.</summary>
    public ImmutableArray<string> Missing => AgentReadiness.Of(this);
}
