using NetPolNic.Cluster.Mapping;
using NetPolNic.Cluster.Models;

namespace NetPolNic.Cluster.Validation;

/// <summary>Checks an extensions/v1beta1 NetworkPolicy by the rules of its time (S-a9, S-a10).</summary>
public static class V1Beta1NetworkPolicyValidator
{
    /// <summary>Everything that is wrong with the policy, in the order of its fields; empty when it is valid.</summary>
    public static IReadOnlyList<FieldProblem> Validate(V1Beta1NetworkPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ProblemList problems = new();
        MetadataValidator.Validate(policy.Metadata, true, NameRules.DnsSubdomain, problems);
        FieldPath path = FieldPath.Root.Child("spec");
        LabelSelectorValidator.Validate(policy.Spec?.PodSelector, path.Child("podSelector"), problems);
        int index = 0;
        foreach (V1Beta1NetworkPolicyIngressRule rule in policy.Spec?.Ingress ?? [])
        {
            ValidateRule(rule, path.Child("ingress").Index(index++), problems);
        }

        return problems.Problems;
    }

    private static void ValidateRule(V1Beta1NetworkPolicyIngressRule rule, FieldPath path, ProblemList problems)
    {
        int index = 0;
        foreach (V1Beta1NetworkPolicyPeer peer in rule.FromProperty ?? [])
        {
            FieldPath peerPath = path.Child("from").Index(index++);
            if (peer.PodSelector is null == peer.NamespaceSelector is null)
            {
                Action<FieldPath, string> report = peer.PodSelector is null ? problems.Required : problems.Forbidden;
                report(peerPath, "a peer has exactly one of podSelector and namespaceSelector");
            }

            LabelSelectorValidator.Validate(peer.PodSelector, peerPath.Child("podSelector"), problems);
            LabelSelectorValidator.Validate(peer.NamespaceSelector, peerPath.Child("namespaceSelector"), problems);
        }

        index = 0;
        foreach (V1Beta1NetworkPolicyPort port in rule.Ports ?? [])
        {
            FieldPath portPath = path.Child("ports").Index(index++);
            if (port.Protocol is not null && Protocols.Parse(port.Protocol, true) is null)
            {
                problems.Unsupported(portPath.Child("protocol"), port.Protocol, "TCP", "UDP", "SCTP");
            }

            PolicyPortRules.ValidatePort(port.Port, portPath.Child("port"), problems);
        }
    }
}
