using System.Collections.Immutable;

namespace NetPolNic.Policy.Model;

/// <summary>A NetworkPolicy of either API version, validated, in the compiler's own terms.</summary>
/// <param name="Api">Decides what missing and empty lists mean.</param>
/// <param name="Uid">metadata.uid, or "namespace/name" where the source has none.</param>
/// <param name="Namespace">metadata.namespace.</param>
/// <param name="Name">metadata.name.</param>
/// <param name="PodSelector">
/// What the policy selects in its namespace; null in v1beta1 means every pod (SEMANTICS a5).
/// </param>
/// <param name="AppliesToIngress">policyTypes has Ingress (after defaulting, SEMANTICS b1).</param>
/// <param name="AppliesToEgress">policyTypes has Egress (after defaulting); never in v1beta1.</param>
/// <param name="Ingress">Ingress rules as written; inert where the type does not apply.</param>
/// <param name="Egress">Egress rules as written; inert where the type does not apply.</param>
public sealed record NetworkPolicy(
    PolicyApi Api,
    string Uid,
    string Namespace,
    string Name,
    LabelSelector PodSelector,
    bool AppliesToIngress,
    bool AppliesToEgress,
    ImmutableArray<PolicyRule> Ingress,
    ImmutableArray<PolicyRule> Egress);
