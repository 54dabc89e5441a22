namespace NetPolNic.Policy.Reference;

/// <summary>Why one direction of a flow is decided as it is.</summary>
public enum DecisionReason : byte
{
    /// <summary>The address is no pod's: nothing to enforce there.</summary>
    NotAPod,

    /// <summary>
    /// The address is that of pods on their node's network, which are never isolated (SEMANTICS b11).
    /// </summary>
    HostNetwork,

    /// <summary>The pod runs on another node: its own node enforces.</summary>
    NotLocal,

    /// <summary>The peer is the pod's own node (SEMANTICS b12).</summary>
    OwnNode,

    /// <summary>Several live pods claim the address: nothing passes.</summary>
    Contested,

    /// <summary>Nothing isolates the pod in this direction (SEMANTICS b2).</summary>
    NotIsolated,

    /// <summary>A rule allows it.</summary>
    AllowedByRule,

    /// <summary>The pod is isolated and no rule allows it.</summary>
    NoRuleAllows,
}
