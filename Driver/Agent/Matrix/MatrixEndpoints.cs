using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Agent.Matrix;

/// <summary>Chooses the rows and columns of a matrix, and the ports to ask about.</summary>
internal static class MatrixEndpoints
{
    /// <summary>
    /// Pods that own an address, sorted by namespace and name, then <paramref name="externals"/> in the order given.
    /// </summary>
    public static ImmutableArray<MatrixEndpoint> Of(ClusterState state, IEnumerable<IpAddr> externals) =>
    [
        .. state.Pods
            .Where(pod => !pod.Terminated && pod.Addresses.Length > 0)
            .OrderBy(pod => pod.Namespace, StringComparer.Ordinal)
            .ThenBy(pod => pod.Name, StringComparer.Ordinal)
            .Select(pod => new MatrixEndpoint($"{pod.Namespace}/{pod.Name}", pod.Addresses, IsPod: true)),
        .. externals.Select(addr => new MatrixEndpoint(addr.ToString(), [addr], IsPod: false)),
    ];

    /// <summary>
    /// The ports that the manifests name: numeric ports of policies (of a range, its first) and named container ports;
    /// TCP/80 where they name none.
    /// </summary>
    public static ImmutableArray<ProtoPort> PortsNamedIn(ClusterState state)
    {
        IEnumerable<ProtoPort> ofPolicies = state.Policies
            .SelectMany(policy => policy.Ingress.Concat(policy.Egress))
            .SelectMany(rule => rule.Ports ?? [])
            .Where(match => match.First is not null)
            .Select(match => new ProtoPort(match.Proto, match.First.GetValueOrDefault()));
        IEnumerable<ProtoPort> ofPods = state.Pods
            .SelectMany(pod => pod.Ports)
            .Select(port => new ProtoPort(port.Proto, port.Number));
        ImmutableArray<ProtoPort> named = [.. ofPolicies.Concat(ofPods).Distinct().Order()];
        return named.IsEmpty ? [new ProtoPort(L4Proto.Tcp, 80)] : named;
    }
}
