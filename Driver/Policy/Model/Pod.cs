using System.Collections.Immutable;

namespace NetPolNic.Policy.Model;

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
