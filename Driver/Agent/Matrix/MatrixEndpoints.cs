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

    /// <summary>
    /// Addresses that tell the ipBlocks of the policies apart: one inside each block and outside its exceptions, and one
    /// inside each exception; never a pod's. At most <paramref name="limit"/>.
    /// </summary>
    public static ImmutableArray<IpAddr> ExternalsNamedIn(ClusterState state, int limit)
    {
        HashSet<IpAddr> pods = [.. state.Pods.SelectMany(pod => pod.Addresses)];
        List<IpAddr> found = [];
        IEnumerable<IpBlock> blocks = state.Policies
            .SelectMany(policy => policy.Ingress.Concat(policy.Egress))
            .SelectMany(rule => rule.Peers ?? [])
            .Select(peer => peer.IpBlock)
            .OfType<IpBlock>();
        foreach (IpBlock block in blocks)
        {
            found.AddRange(block.Except.Select(except => Inside(except, [], pods)).OfType<IpAddr>());
            if (Inside(block.Cidr, block.Except, pods) is { } inside)
            {
                found.Add(inside);
            }
        }

        return [.. found.Distinct().Order().Take(limit)];
    }

    private static IpAddr? Inside(IpPrefix block, ImmutableArray<IpPrefix> except, HashSet<IpAddr> taken)
    {
        // Documentation addresses (RFC 5737, RFC 3849) stand for "anything" in the widest blocks.
        IpAddr documentation = IpAddr.Parse(block.Family == IpFamily.V4 ? "203.0.113.7" : "2001:db8::7");
        List<IpAddr> candidates = block.Contains(documentation) ? [documentation] : [];
        candidates.Add(block.Addr.Bits == block.Length ? block.Addr : new IpAddr(block.Family, block.Addr.Value + 1));
        candidates.AddRange(except.Where(hole => hole.Last < block.Last)
            .Select(hole => new IpAddr(block.Family, hole.Last.Value + 1)));
        foreach (IpAddr addr in candidates)
        {
            if (!taken.Contains(addr) && !except.Any(hole => hole.Contains(addr)))
            {
                return addr;
            }
        }

        return null;
    }
}
