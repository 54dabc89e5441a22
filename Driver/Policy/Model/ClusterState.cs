using System.Collections.Immutable;

namespace NetPolNic.Policy.Model;

/// <summary>A named container port of a pod.</summary>
public sealed record NamedPort(string Name, L4Proto Proto, ushort Number);

/// <summary>What policy needs of a Namespace.</summary>
/// <param name="Name">metadata.name; <c>kubernetes.io/metadata.name</c> is implied (SEMANTICS b10).</param>
/// <param name="Labels">metadata.labels as written.</param>
/// <param name="IsolationAnnotation">Raw value of <c>net.beta.kubernetes.io/network-policy</c>, or null.</param>
public sealed record Namespace(
    string Name,
    ImmutableSortedDictionary<string, string> Labels,
    string? IsolationAnnotation = null);

/// <summary>What policy needs of a Pod.</summary>
/// <param name="Uid">metadata.uid, or "namespace/name" where the source has none (SEMANTICS b17).</param>
/// <param name="Namespace">metadata.namespace.</param>
/// <param name="Name">metadata.name.</param>
/// <param name="Labels">metadata.labels.</param>
/// <param name="NodeName">spec.nodeName, or null while unscheduled.</param>
/// <param name="HostNetwork">spec.hostNetwork (SEMANTICS b11).</param>
/// <param name="Terminated">status.phase is Succeeded or Failed: owns no address (SEMANTICS b17).</param>
/// <param name="Addresses">status.podIPs (or podIP), in the order of the object; empty until it has one.</param>
/// <param name="NodeAddresses">status.hostIPs (or hostIP): its own node's addresses (SEMANTICS b12).</param>
/// <param name="Ports">Named ports of all containers (restartable init containers included).</param>
public sealed record Pod(
    string Uid,
    string Namespace,
    string Name,
    ImmutableSortedDictionary<string, string> Labels,
    string? NodeName,
    bool HostNetwork,
    bool Terminated,
    ImmutableArray<IpAddr> Addresses,
    ImmutableArray<IpAddr> NodeAddresses,
    ImmutableArray<NamedPort> Ports);

/// <summary>Everything that policy depends on, at one moment. Order carries no meaning.</summary>
/// <param name="Namespaces">Namespaces; one that a pod or policy names but that is missing is an empty one (SEMANTICS d3).</param>
/// <param name="Pods">Pods of the whole cluster.</param>
/// <param name="Policies">Policies of the whole cluster.</param>
public sealed record ClusterState(
    ImmutableArray<Namespace> Namespaces,
    ImmutableArray<Pod> Pods,
    ImmutableArray<NetworkPolicy> Policies)
{
    public static ClusterState Empty { get; } = new([], [], []);
}
