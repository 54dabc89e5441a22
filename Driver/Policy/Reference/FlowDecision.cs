using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Reference;

/// <summary>What policy says about the first packet of a connection.</summary>
/// <param name="Ingress">At the destination.</param>
/// <param name="Egress">At the source.</param>
/// <param name="IsSelf">
/// Source and destination are the same address, or addresses of the same pod (SEMANTICS b13).
/// </param>
public sealed record FlowDecision(DirectionDecision Ingress, DirectionDecision Egress, bool IsSelf)
{
    /// <summary>Both ends together, a pod's traffic to itself always allowed (SEMANTICS b3, b13).</summary>
    public Verdict Combined =>
        IsSelf || (Ingress.Verdict == Verdict.Allow && Egress.Verdict == Verdict.Allow) ? Verdict.Allow : Verdict.Deny;

    /// <summary>Passes in any connection state, whatever the policy: the pod itself, or an end's own node.</summary>
    public bool IsExempt =>
        IsSelf || Ingress.Reason == DecisionReason.OwnNode || Egress.Reason == DecisionReason.OwnNode;
}
