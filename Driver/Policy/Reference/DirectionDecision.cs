using System.Collections.Immutable;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Policy.Reference;

/// <summary>
/// The verdict at one end of a flow, and how it came about; the pod-to-itself exemption is not in it.
/// </summary>
/// <param name="Direction">Ingress at the destination, egress at the source.</param>
/// <param name="Verdict">What this end says.</param>
/// <param name="Reason">Why.</param>
/// <param name="Pods">"namespace/name" of the pods that own the address; one as a rule.</param>
/// <param name="IsIsolated">Whether a local pod there is isolated in this direction.</param>
/// <param name="IsolatedBy">The policies or the annotation that isolate it, sorted.</param>
/// <param name="AllowedBy">Each rule, peer and port entry that allows the flow, sorted.</param>
public sealed record DirectionDecision(
    Direction Direction,
    Verdict Verdict,
    DecisionReason Reason,
    ImmutableArray<string> Pods,
    bool IsIsolated,
    ImmutableArray<RuleOrigin> IsolatedBy,
    ImmutableArray<RuleOrigin> AllowedBy)
{
    /// <summary>
    /// A sentence for people, for example "isolated by default/db, allowed by default/db ingress[0].from[1]".
    /// </summary>
    public string Explanation => Reason switch
    {
        DecisionReason.NotAPod => "no pod has this address",
        DecisionReason.HostNetwork => "hostNetwork pods are never isolated",
        DecisionReason.NotLocal => "enforced on the pod's own node",
        DecisionReason.OwnNode => "traffic between a pod and its own node always passes",
        DecisionReason.Contested => "several live pods claim this address",
        DecisionReason.NotIsolated => "not isolated",
        DecisionReason.AllowedByRule =>
            $"isolated by {string.Join(", ", IsolatedBy)}, allowed by {string.Join(", ", AllowedBy)}",
        _ => $"isolated by {string.Join(", ", IsolatedBy)}, no rule allows it",
    };
}
