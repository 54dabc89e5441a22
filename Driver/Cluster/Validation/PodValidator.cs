using k8s.Models;
using NetPolNic.Cluster.Mapping;
using NetPolNic.Policy.Model;

namespace NetPolNic.Cluster.Validation;

/// <summary>Checks what policy reads of a v1 Pod; the rest of its spec and status is not looked at.</summary>
public static class PodValidator
{
    private const int AddressesMax = 2;

    /// <summary>Everything that is wrong with the pod, in the order of its fields; empty when it is valid.</summary>
    public static IReadOnlyList<FieldProblem> Validate(V1Pod pod)
    {
        ArgumentNullException.ThrowIfNull(pod);
        ProblemList problems = new();
        MetadataValidator.Validate(pod.Metadata, true, NameRules.DnsSubdomain, problems);
        FieldPath spec = FieldPath.Root.Child("spec");
        if (!string.IsNullOrEmpty(pod.Spec?.NodeName))
        {
            problems.InvalidIf(spec.Child("nodeName"), pod.Spec.NodeName, NameRules.DnsSubdomain(pod.Spec.NodeName));
        }

        ValidateContainers(pod.Spec?.InitContainers, spec.Child("initContainers"), problems);
        ValidateContainers(pod.Spec?.Containers, spec.Child("containers"), problems);
        FieldPath status = FieldPath.Root.Child("status");
        if (!string.IsNullOrEmpty(pod.Status?.Phase) &&
            pod.Status.Phase is not ("Pending" or "Running" or "Succeeded" or "Failed" or "Unknown"))
        {
            problems.Unsupported(
                status.Child("phase"), pod.Status.Phase, "Pending", "Running", "Succeeded", "Failed", "Unknown");
        }

        List<string?> podIps = [.. (pod.Status?.PodIPs ?? []).Select(address => address.Ip)];
        ValidateAddresses(pod.Status?.PodIP, podIps, status, "podIP", problems);
        List<string?> hostIps = [.. (pod.Status?.HostIPs ?? []).Select(address => address.Ip)];
        ValidateAddresses(pod.Status?.HostIP, hostIps, status, "hostIP", problems);
        return problems.Problems;
    }

    private static void ValidateContainers(IList<V1Container>? containers, FieldPath path, ProblemList problems)
    {
        for (int i = 0; i < (containers?.Count ?? 0); i++)
        {
            HashSet<string> names = new(StringComparer.Ordinal);
            int index = 0;
            foreach (V1ContainerPort port in containers![i].Ports ?? [])
            {
                ValidatePort(port, names, path.Index(i).Child("ports").Index(index++), problems);
            }
        }
    }

    private static void ValidatePort(
        V1ContainerPort port, HashSet<string> names, FieldPath path, ProblemList problems)
    {
        if (!string.IsNullOrEmpty(port.Name))
        {
            problems.InvalidIf(path.Child("name"), port.Name, NameRules.PortName(port.Name));
            if (!names.Add(port.Name))
            {
                problems.Invalid(path.Child("name"), port.Name, "the container has another port of this name");
            }
        }

        if (port.ContainerPort == 0)
        {
            problems.Required(path.Child("containerPort"), "must be between 1 and 65535");
        }
        else
        {
            PolicyPortRules.ValidateNumber(port.ContainerPort, path.Child("containerPort"), problems);
        }

        if (!string.IsNullOrEmpty(port.Protocol) && Protocols.Parse(port.Protocol, false) is null)
        {
            problems.Unsupported(path.Child("protocol"), port.Protocol, "TCP", "UDP", "SCTP");
        }
    }

    /// <summary>Checks the pair of fields <c>podIP</c>/<c>podIPs</c> or <c>hostIP</c>/<c>hostIPs</c>.</summary>
    private static void ValidateAddresses(
        string? single, List<string?> list, FieldPath status, string field, ProblemList problems)
    {
        if (!string.IsNullOrEmpty(single))
        {
            ValidateAddress(single, status.Child(field), problems);
        }

        FieldPath listPath = status.Child(field + "s");
        List<IpAddr> addresses = [];
        for (int i = 0; i < list.Count; i++)
        {
            FieldPath path = listPath.Index(i).Child("ip");
            if (string.IsNullOrEmpty(list[i]))
            {
                problems.Required(path);
            }
            else if (ValidateAddress(list[i]!, path, problems) is { } address)
            {
                addresses.Add(address);
            }
        }

        bool repeatsFamily = addresses.Select(address => address.Family).Distinct().Count() < addresses.Count;
        if (repeatsFamily || list.Count > AddressesMax)
        {
            problems.Forbidden(listPath, "may have no more than one address of each family");
        }

        bool bothRead = IpAddr.TryParse(single, out IpAddr first) && list.Count > 0;
        if (bothRead && IpAddr.TryParse(list[0], out IpAddr listed) && first != listed)
        {
            problems.Invalid(status.Child(field), single!, $"must equal {field}s[0] {list[0]}");
        }
    }

    private static IpAddr? ValidateAddress(string text, FieldPath path, ProblemList problems)
    {
        if (IpAddr.TryParse(text, out IpAddr address))
        {
            return address;
        }

        problems.Invalid(path, text, "must be an IP address such as 10.0.0.1 or fd00::1");
        return null;
    }
}
