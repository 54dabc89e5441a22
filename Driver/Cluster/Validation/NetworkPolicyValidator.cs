using System.Globalization;
using k8s.Models;

namespace NetPolNic.Cluster.Validation;

/// <summary>Checks a networking.k8s.io/v1 NetworkPolicy by the rules of the API server (S-d2).</summary>
public static class NetworkPolicyValidator
{
    private const int PolicyTypesMax = 2;

    /// <summary>Everything that is wrong with the policy, in the order of its fields; empty when it is valid.</summary>
    public static IReadOnlyList<FieldProblem> Validate(V1NetworkPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ProblemList problems = new();
        MetadataValidator.Validate(policy.Metadata, true, NameRules.DnsSubdomain, problems);
        FieldPath path = FieldPath.Root.Child("spec");
        LabelSelectorValidator.Validate(policy.Spec?.PodSelector, path.Child("podSelector"), problems);
        ValidateTypes(policy.Spec?.PolicyTypes ?? [], path.Child("policyTypes"), problems);
        int index = 0;
        foreach (V1NetworkPolicyIngressRule rule in policy.Spec?.Ingress ?? [])
        {
            FieldPath rulePath = path.Child("ingress").Index(index++);
            ValidatePeers(rule.FromProperty, rulePath.Child("from"), problems);
            ValidatePorts(rule.Ports, rulePath.Child("ports"), problems);
        }

        index = 0;
        foreach (V1NetworkPolicyEgressRule rule in policy.Spec?.Egress ?? [])
        {
            FieldPath rulePath = path.Child("egress").Index(index++);
            ValidatePeers(rule.To, rulePath.Child("to"), problems);
            ValidatePorts(rule.Ports, rulePath.Child("ports"), problems);
        }

        return problems.Problems;
    }

    private static void ValidateTypes(IList<string> types, FieldPath path, ProblemList problems)
    {
        if (types.Count > PolicyTypesMax)
        {
            problems.Forbidden(path, "may not have more than two entries");
            return;
        }

        for (int i = 0; i < types.Count; i++)
        {
            if (types[i] is not ("Ingress" or "Egress"))
            {
                problems.Unsupported(path.Index(i), types[i], "Ingress", "Egress");
            }
        }
    }

    private static void ValidatePeers(IList<V1NetworkPolicyPeer>? peers, FieldPath path, ProblemList problems)
    {
        for (int i = 0; i < (peers?.Count ?? 0); i++)
        {
            V1NetworkPolicyPeer peer = peers![i];
            FieldPath peerPath = path.Index(i);
            bool hasSelector = peer.PodSelector is not null || peer.NamespaceSelector is not null;
            if (!hasSelector && peer.IpBlock is null)
            {
                problems.Required(peerPath, "a peer needs podSelector, namespaceSelector or ipBlock");
            }
            else if (hasSelector && peer.IpBlock is not null)
            {
                problems.Forbidden(peerPath, "ipBlock excludes podSelector and namespaceSelector");
            }

            LabelSelectorValidator.Validate(peer.PodSelector, peerPath.Child("podSelector"), problems);
            LabelSelectorValidator.Validate(peer.NamespaceSelector, peerPath.Child("namespaceSelector"), problems);
            if (peer.IpBlock is not null)
            {
                IpBlockValidator.Validate(peer.IpBlock, peerPath.Child("ipBlock"), problems);
            }
        }
    }

    private static void ValidatePorts(IList<V1NetworkPolicyPort>? ports, FieldPath path, ProblemList problems)
    {
        for (int i = 0; i < (ports?.Count ?? 0); i++)
        {
            V1NetworkPolicyPort port = ports![i];
            FieldPath portPath = path.Index(i);
            if (port.Protocol is not (null or "TCP" or "UDP" or "SCTP"))
            {
                problems.Unsupported(portPath.Child("protocol"), port.Protocol, "TCP", "UDP", "SCTP");
            }

            int? number = PolicyPortRules.ValidatePort(port.Port, portPath.Child("port"), problems);
            if (port.EndPort is { } endPort)
            {
                ValidateEndPort(endPort, number, port.Port is not null, portPath.Child("endPort"), problems);
            }
        }
    }

    private static void ValidateEndPort(int endPort, int? number, bool hasPort, FieldPath path, ProblemList problems)
    {
        string text = endPort.ToString(CultureInfo.InvariantCulture);
        if (!hasPort)
        {
            problems.Forbidden(path, "needs port");
        }
        else if (number is null)
        {
            problems.Forbidden(path, "needs a numeric port, not a name");
        }
        else if (endPort < number)
        {
            problems.Invalid(path, text, string.Create(
                CultureInfo.InvariantCulture, $"must not be less than port {number}"));
        }
        else
        {
            PolicyPortRules.ValidateNumber(endPort, path, problems);
        }
    }
}
