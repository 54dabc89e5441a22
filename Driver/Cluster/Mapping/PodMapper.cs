using System.Collections.Immutable;
using k8s.Models;
using NetPolNic.Policy.Model;

namespace NetPolNic.Cluster.Mapping;

/// <summary>Maps a pod of the Kubernetes client to the model.</summary>
public static class PodMapper
{
    /// <summary>Maps a pod. Addresses and ports that are not understood are left out.</summary>
    public static Pod Map(V1Pod pod)
    {
        ArgumentNullException.ThrowIfNull(pod);
        return new Pod(
            ObjectNames.UidOf(pod.Metadata),
            ObjectNames.NamespaceOf(pod.Metadata),
            ObjectNames.NameOf(pod.Metadata),
            LabelMapper.MapLabels(pod.Metadata?.Labels),
            string.IsNullOrEmpty(pod.Spec?.NodeName) ? null : pod.Spec.NodeName,
            pod.Spec?.HostNetwork ?? false,
            pod.Status?.Phase is "Succeeded" or "Failed",
            MapAddresses(pod.Status?.PodIP, pod.Status?.PodIPs?.Select(address => address.Ip)),
            MapAddresses(pod.Status?.HostIP, pod.Status?.HostIPs?.Select(address => address.Ip)),
            MapPorts(pod.Spec));
    }

    /// <summary>
    /// Adds the addresses of the list, or the single one where there is no list or an older kubelet set only that one.
    /// </summary>
    internal static void CollectAddresses(string? single, IReadOnlyList<string?> list, List<IpAddr> addresses)
    {
        bool listIsStale = list.Count > 0 && IpAddr.TryParse(single, out IpAddr authoritative) &&
            IpAddr.TryParse(list[0], out IpAddr first) && first != authoritative;
        if (list.Count == 0 || listIsStale)
        {
            list = [single];
        }

        foreach (string? text in list)
        {
            if (IpAddr.TryParse(text, out IpAddr address) && !addresses.Contains(address))
            {
                addresses.Add(address);
            }
        }
    }

    private static ImmutableArray<IpAddr> MapAddresses(string? single, IEnumerable<string?>? list)
    {
        List<IpAddr> addresses = [];
        CollectAddresses(single, [.. list ?? []], addresses);
        return [.. addresses];
    }

    /// <summary>Named ports of the containers and of the init containers that keep running (sidecars).</summary>
    private static ImmutableArray<NamedPort> MapPorts(V1PodSpec? spec)
    {
        IEnumerable<V1Container> sidecars =
            (spec?.InitContainers ?? []).Where(container => container.RestartPolicy == "Always");
        ImmutableArray<NamedPort>.Builder ports = ImmutableArray.CreateBuilder<NamedPort>();
        foreach (V1ContainerPort port in (spec?.Containers ?? []).Concat(sidecars).SelectMany(c => c.Ports ?? []))
        {
            L4Proto? proto = Protocols.Parse(string.IsNullOrEmpty(port.Protocol) ? null : port.Protocol, false);
            if (!string.IsNullOrEmpty(port.Name) && proto is not null &&
                port.ContainerPort is >= 1 and <= ushort.MaxValue)
            {
                ports.Add(new NamedPort(port.Name, proto.Value, (ushort)port.ContainerPort));
            }
        }

        return ports.ToImmutable();
    }
}
