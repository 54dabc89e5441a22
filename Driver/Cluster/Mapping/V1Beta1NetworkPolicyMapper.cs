using NetPolNic.Cluster.Models;
using NetPolNic.Cluster.Validation;
using NetPolNic.Policy.Model;

namespace NetPolNic.Cluster.Mapping;

/// <summary>Maps an extensions/v1beta1 NetworkPolicy to the model.</summary>
public static class V1Beta1NetworkPolicyMapper
{
    /// <summary>Maps a policy; <paramref name="faults"/> as for <see cref="NetworkPolicyMapper"/>.</summary>
    public static NetworkPolicy Map(V1Beta1NetworkPolicy policy, FaultSet faults)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(faults);
        FieldPath path = FieldPath.Root.Child("spec");
        RuleMapper mapper = new(faults, faults.TouchesOutside(path, "ingress"));
        return new NetworkPolicy(
            PolicyApi.V1Beta1,
            ObjectNames.UidOf(policy.Metadata),
            ObjectNames.NamespaceOf(policy.Metadata),
            ObjectNames.NameOf(policy.Metadata),
            LabelMapper.MapSelector(policy.Spec?.PodSelector, path.Child("podSelector"), faults),
            true,
            false,
            mapper.MapRules(policy.Spec?.Ingress, path.Child("ingress"), "from", Split),
            []);
    }

    private static RuleParts Split(V1Beta1NetworkPolicyIngressRule rule) => new(
        rule.FromProperty?.Select(peer => new RulePeer(peer.PodSelector, peer.NamespaceSelector, null)).ToArray(),
        rule.Ports?.Select(port => new RulePort(
            Protocols.Parse(port.Protocol, true), port.Port?.Value, null)).ToArray());
}
