using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Tests.Support;

/// <summary>
/// One node of a seeded cluster as they are in practice: 60 nodes with 110 pods each, namespaces with applications, pods spread
/// over nodes at random, so that peers are addresses here and there. Every namespace denies ingress; each application is
/// reached by one to three others of its namespace at one to four ports, by the node's monitoring network at one port, and
/// every third one by everybody at 443. Every fourth one has its egress limited to DNS, its namespace, and an external block.
/// A tenth of the local pods is in no policy.
/// </summary>
internal static class RealisticNode
{
    private const int Nodes = 60;
    private const int PodsPerNode = 110;

    /// <summary>The policy of node 0.</summary>
    /// <param name="seed">Of all that is random.</param>
    /// <param name="namespaces">How many; the fewer, the more pods of the node share a policy.</param>
    /// <param name="apps">Applications of a namespace.</param>
    internal static PolicySnapshot Create(int seed, int namespaces, int apps)
    {
        Random random = new(seed);
        int[] appOf = [.. Enumerable.Range(0, Nodes * PodsPerNode).Select(_ => random.Next(namespaces * apps))];
        PeerSet[] members = [.. Enumerable.Range(0, namespaces * apps).Select(app => PeerSet.OfAddresses(
            Enumerable.Range(0, appOf.Length).Where(pod => appOf[pod] == app).Select(AddressOf)))];
        PolicySet[] ingress = new PolicySet[namespaces * apps];
        PolicySet[] egress = new PolicySet[namespaces * apps];
        PeerSet dns = PeerSet.OfAddresses([AddressOf(PodsPerNode + 3), AddressOf((7 * PodsPerNode) + 50)]);
        for (int app = 0; app < ingress.Length; app++)
        {
            int first = app / apps * apps;
            PeerSet clients = PeerSet.Empty;
            for (int i = random.Next(1, 4); i > 0; i--)
            {
                clients = clients.Union(members[first + random.Next(apps)]);
            }

            int port = 1024 + (100 * random.Next(300));
            PortSet ports = Tcp([.. Enumerable.Range(0, random.Next(1, 5)).Select(i => port + (7 * i))]);
            List<AllowRule> rules = [new(clients, ports), new(Block("172.20.0.0/22"), Tcp(9100))];
            if (app % 3 == 0)
            {
                rules.Add(new AllowRule(Block("0.0.0.0/0"), Tcp(443)));
            }

            ingress[app] = PolicySet.Of(rules);
            PeerSet own = Enumerable.Range(first, apps).Aggregate(PeerSet.Empty, (all, other) => all.Union(members[other]));
            egress[app] = app % 4 != 0 ? PolicySet.Open : PolicySet.Of(
            [
                new AllowRule(dns, PortSet.Of([new L4PortRange(L4Proto.Udp, 53, 53), new L4PortRange(L4Proto.Tcp, 53, 53)])),
                new AllowRule(own, PortSet.AllTraffic),
                new AllowRule(Block("203.0.113.0/24"), Tcp(5432, 6379)),
            ]);
        }

        return Gens.SnapshotOf(Enumerable.Range(0, PodsPerNode).Select(pod => Gens.Endpoint(
            FormattableString.Invariant($"pod{pod}"),
            pod % 10 == 9 ? PolicySet.Open : ingress[appOf[pod]],
            pod % 10 == 9 ? PolicySet.Open : egress[appOf[pod]],
            AddressOf(pod).ToString())));
    }

    /// <summary>
    /// Rules of the plain way: for each pod and isolated direction one for each peer prefix and port range, and one that drops
    /// the rest.
    /// </summary>
    internal static long CrossProductOf(PolicySnapshot snapshot) => snapshot.Endpoints.Sum(pod =>
        new[] { pod.Ingress.Set, pod.Egress.Set }.Where(set => set.IsIsolated).Sum(set =>
            1L + set.Rules.Sum(rule => (long)rule.Peers.Prefixes.Length * Math.Max(1, rule.Ports.Ranges.Length))));

    private static IpAddr AddressOf(int pod) =>
        new(IpFamily.V4, 0x0af40000u + ((uint)(pod / PodsPerNode) << 8) + (uint)(pod % PodsPerNode) + 2);

    private static PeerSet Block(string prefix) => PeerSet.Of([IpPrefix.Parse(prefix)]);

    private static PortSet Tcp(params int[] ports) =>
        PortSet.Of(ports.Select(port => new L4PortRange(L4Proto.Tcp, (ushort)port, (ushort)port)));
}
