using System.Collections.Immutable;
using System.Globalization;
using NetPolNic.Policy.Model;

namespace NetPolNic.Benches.Micro;

/// <summary>
/// A cluster of a given size, the same at every run: pods spread over namespaces and nodes, one policy per tier and namespace
/// that admits the tier before it on one port.
/// </summary>
internal static class SyntheticCluster
{
    private const int Tiers = 4;

    /// <summary>Name of a node that carries about <c>pods / nodes</c> pods.</summary>
    public const string Node = "node-0";

    public static ClusterState Create(int pods, int namespaces, int nodes) => new(
        [.. Enumerable.Range(0, namespaces).Select(index => new Namespace(NamespaceName(index), NoLabels))],
        [.. Enumerable.Range(0, pods).Select(index => Pod(index, namespaces, nodes))],
        [.. Enumerable.Range(0, namespaces).SelectMany(index => Enumerable.Range(0, Tiers).Select(tier => Policy(index, tier)))]);

    private static ImmutableSortedDictionary<string, string> NoLabels => ImmutableSortedDictionary<string, string>.Empty;

    private static Pod Pod(int index, int namespaces, int nodes)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"pod-{index}");
        string space = NamespaceName(index % namespaces);
        int node = index % nodes;
        return new Pod(
            $"{space}/{name}",
            space,
            name,
            NoLabels.Add("tier", TierName(index / namespaces % Tiers)),
            string.Create(CultureInfo.InvariantCulture, $"node-{node}"),
            HostNetwork: false,
            Terminated: false,
            [IpAddr.V4(0x0a00_0000u + (uint)index)],
            [IpAddr.V4(0xc0a8_0000u + (uint)node)],
            [new NamedPort("http", L4Proto.Tcp, 8080)]);
    }

    private static NetworkPolicy Policy(int space, int tier)
    {
        PeerMatch before = new(PodSelector: Selector(TierName((tier + Tiers - 1) % Tiers)));
        PolicyRule rule = new([before], [new L4PortMatch(L4Proto.Tcp, 8080, 8080)]);
        string name = TierName(tier);
        return new NetworkPolicy(
            PolicyApi.V1,
            $"{NamespaceName(space)}/{name}",
            NamespaceName(space),
            name,
            Selector(name),
            AppliesToIngress: true,
            AppliesToEgress: false,
            [rule],
            []);
    }

    private static LabelSelector Selector(string tier) => new([new LabelRequirement("tier", LabelOperator.In, [tier])]);

    private static string TierName(int tier) => string.Create(CultureInfo.InvariantCulture, $"tier-{tier}");

    private static string NamespaceName(int index) => string.Create(CultureInfo.InvariantCulture, $"space-{index}");
}
