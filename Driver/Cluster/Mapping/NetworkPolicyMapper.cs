using System.Collections.Immutable;
using k8s.Models;
using NetPolNic.Cluster.Validation;
using NetPolNic.Policy.Model;

namespace NetPolNic.Cluster.Mapping;

/// <summary>Maps a networking.k8s.io/v1 NetworkPolicy of the Kubernetes client to the model.</summary>
public static class NetworkPolicyMapper
{
    /// <summary>Maps a policy.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="faults">
    /// The fields that were not understood; <see cref="FaultSet.None"/> for a valid policy. A faulty peer matches
    /// nothing, a faulty port is left out, a faulty rule allows nothing, and faults elsewhere in the spec isolate in
    /// both directions and allow nothing (S-d2).
    /// </param>
    public static NetworkPolicy Map(V1NetworkPolicy policy, FaultSet faults)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(faults);
        FieldPath path = FieldPath.Root.Child("spec");
        V1NetworkPolicySpec? spec = policy.Spec;
        RuleMapper mapper = new(faults, faults.TouchesOutside(path, "ingress", "egress"));
        ImmutableArray<PolicyRule> ingress = mapper.MapRules(
            spec?.Ingress, path.Child("ingress"), "from", rule => Split(rule.FromProperty, rule.Ports));
        ImmutableArray<PolicyRule> egress = mapper.MapRules(
            spec?.Egress, path.Child("egress"), "to", rule => Split(rule.To, rule.Ports));

        // S-b1
        bool typesGiven = spec?.PolicyTypes is { Count: > 0 };
        bool typesUnclear = faults.Touches(path.Child("policyTypes")) || mapper.NothingUnderstood;
        return new NetworkPolicy(
            PolicyApi.V1,
            ObjectNames.UidOf(policy.Metadata),
            ObjectNames.NamespaceOf(policy.Metadata),
            ObjectNames.NameOf(policy.Metadata),
            LabelMapper.MapSelector(spec?.PodSelector, path.Child("podSelector"), faults),
            typesUnclear || !typesGiven || spec!.PolicyTypes.Contains("Ingress"),
            typesUnclear || (typesGiven ? spec!.PolicyTypes.Contains("Egress") : spec?.Egress is { Count: > 0 }),
            ingress,
            egress);
    }

    private static RuleParts Split(IList<V1NetworkPolicyPeer>? peers, IList<V1NetworkPolicyPort>? ports) => new(
        peers?.Select(peer => new RulePeer(peer.PodSelector, peer.NamespaceSelector, peer.IpBlock)).ToArray(),
        ports?.Select(port => new RulePort(
            Protocols.Parse(port.Protocol, false), port.Port?.Value, port.EndPort)).ToArray());
}
