using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Offload.Tests.Support;

/// <summary>
/// A seeded cluster whose policies are those that tutorials and operators' handbooks tell to write. Every node has 110 pods with
/// addresses here and there in the node's /24; replicas of a Deployment are spread over the nodes. Namespaces and Deployments
/// have sizes like 1, 1/2, 1/3 and so on. kube-system has DNS, ingress a controller, monitoring a scraper, all of few replicas and
/// without policy. Any other namespace is one of these kinds:
/// <list type="bullet">
/// <item>team: denies by default both ways; its pods reach each other, DNS, and (every third Deployment) the Internet without
/// private blocks at 443; the scraper reaches all of it at one port, the controller reaches the largest Deployment at two;</item>
/// <item>apps: denies ingress by default; each Deployment is reached by one to three others of the namespace at one to three
/// ports, by the scraper at one, and the largest one by the controller at two;</item>
/// <item>platform: services for everybody: each Deployment is reached by all pods of the cluster at one to three ports; egress
/// stays inside the cluster;</item>
/// <item>products: as teams, but what reaches what is by ports: the pods of the namespace each other at the product's four, all
/// of them the shared services of the namespace data (a database, a queue, a cache; each of half as many pods as there are
/// nodes) at theirs, which are one or two;</item>
/// <item>open: no policy.</item>
/// </list>
/// </summary>
internal sealed class RealisticCluster
{
    internal const string Node = "node0";

    private const int PodsPerNode = 110;

    private static readonly (string App, L4PortMatch[] Ports)[] s_data =
        [("database", Tcp(5432)), ("queue", [.. Tcp(9092), .. Tcp(9093)]), ("cache", [.. Tcp(6379), .. Tcp(16379)])];

    private readonly Random _random;
    private readonly ClusterShape _shape;
    private readonly List<Pod> _pods = [];
    private readonly List<NetworkPolicy> _policies = [];
    private readonly HashSet<string> _products = [];
    private readonly int[] _free;
    private readonly int[][] _hosts;

    private RealisticCluster(int seed, ClusterShape shape)
    {
        _random = new Random(seed);
        _shape = shape;
        _free = [.. Enumerable.Repeat(PodsPerNode, shape.Nodes)];
        _hosts = [.. Enumerable.Range(0, shape.Nodes).Select(_ => Shuffled(253))];
    }

    /// <summary>The cluster of a seed.</summary>
    internal static ClusterState Create(int seed, ClusterShape shape)
    {
        RealisticCluster cluster = new(seed, shape);
        cluster.Fill();
        string[] names = [.. cluster._pods.Select(pod => pod.Namespace).Distinct()];
        return new ClusterState(
            [.. names.Select(name => new Namespace(name, cluster.LabelsOf(name)))], [.. cluster._pods], [.. cluster._policies]);
    }

    private void Fill()
    {
        Deploy("kube-system", "dns", 2 + (_shape.Nodes / 16));
        Deploy("ingress", "controller", 3);
        Deploy("monitoring", "scraper", 2);
        if (_shape.Mix.Products > 0)
        {
            AddData();
        }

        int[] sizes = Split((_shape.Nodes * PodsPerNode) - _pods.Count, _shape.Namespaces);
        for (int i = 0; i < sizes.Length; i++)
        {
            string name = FormattableString.Invariant($"ns{i}");
            int[] replicas = Split(sizes[i], Math.Min(sizes[i], _random.Next(2, 11)));
            for (int app = 0; app < replicas.Length; app++)
            {
                Deploy(name, App(app), replicas[app]);
            }

            AddPolicies(name, replicas.Length);
        }
    }

    private void AddPolicies(string name, int apps)
    {
        (int team, int ofApps, int platform, int open, int products) = _shape.Mix;
        int kind = _random.Next(team + ofApps + platform + open + products);
        if (kind < team)
        {
            AddTeam(name, apps);
        }
        else if (kind < team + ofApps)
        {
            AddApps(name, apps);
        }
        else if (kind < team + ofApps + platform)
        {
            AddPlatform(name, apps);
        }
        else if (kind >= team + ofApps + platform + open)
        {
            AddProduct(name, apps);
        }
    }

    private void AddData()
    {
        Add("data", "default-deny", null, ingress: []);
        Add("data", "monitoring", null, ingress: [Rule([In("monitoring", "scraper")], Tcp(9090))]);
        PeerMatch products = new(NamespaceSelector: Selector(("kind", "product")));
        foreach ((string app, L4PortMatch[] ports) in s_data)
        {
            Deploy("data", app, _shape.Nodes / 2);
            Add("data", app, app, ingress: [Rule([products], ports)]);
        }
    }

    private void AddProduct(string name, int apps)
    {
        _products.Add(name);
        PeerMatch own = new(PodSelector: LabelSelector.Everything);
        L4PortMatch[] ports = [.. Enumerable.Range(0, 4).SelectMany(_ => Tcp(1024 + _random.Next(30_000)))];
        Add(name, "default-deny", null, ingress: [], egress: []);
        Add(name, "same-product", null, ingress: [Rule([own], ports)], egress: [Rule([own], ports)]);
        Add(name, "dns", null, egress: [Rule([In("kube-system", "dns")], Dns)]);
        Add(name, "data", null, egress: [.. s_data.Select(service => Rule([In("data", service.App)], service.Ports))]);
        AddOfAll(name, apps);
    }

    private void AddTeam(string name, int apps)
    {
        PeerMatch own = new(PodSelector: LabelSelector.Everything);
        Add(name, "default-deny", null, ingress: [], egress: []);
        Add(name, "same-namespace", null, ingress: [Rule([own])], egress: [Rule([own])]);
        Add(name, "dns", null, egress: [Rule([In("kube-system", "dns")], Dns)]);
        AddOfAll(name, apps);
    }

    private void AddOfAll(string name, int apps)
    {
        Add(name, "monitoring", null, ingress: [Rule([In("monitoring", "scraper")], Tcp(9090))]);
        Add(name, "controller", App(0), ingress: [Rule([In("ingress", "controller")], Tcp(8080), Tcp(8443))]);
        for (int app = 0; app < apps; app += 3)
        {
            IpBlock world = new(
                IpPrefix.Parse("0.0.0.0/0"),
                [IpPrefix.Parse("10.0.0.0/8"), IpPrefix.Parse("172.16.0.0/12"), IpPrefix.Parse("192.168.0.0/16")]);
            Add(name, "world", App(app), egress: [Rule([new PeerMatch(IpBlock: world)], Tcp(443))]);
        }
    }

    private void AddApps(string name, int apps)
    {
        Add(name, "default-deny", null, ingress: []);
        Add(name, "monitoring", null, ingress: [Rule([In("monitoring", "scraper")], Tcp(9090))]);
        Add(name, "controller", App(0), ingress: [Rule([In("ingress", "controller")], Tcp(8080), Tcp(8443))]);
        for (int app = 0; app < apps; app++)
        {
            PeerMatch[] clients = [.. Enumerable.Range(0, _random.Next(1, 4)).Select(_ => Of(_random.Next(apps)))];
            Add(name, "clients", App(app), ingress: [Rule(clients, SomePorts())]);
        }

        static PeerMatch Of(int app) => new(PodSelector: Selector(("app", App(app))));
    }

    private void AddPlatform(string name, int apps)
    {
        PeerMatch everybody = new(NamespaceSelector: LabelSelector.Everything);
        Add(name, "default-deny", null, ingress: []);
        Add(name, "inside", null, egress: [Rule([everybody])]);
        for (int app = 0; app < apps; app++)
        {
            Add(name, "service", App(app), ingress: [Rule([everybody], SomePorts())]);
        }
    }

    private L4PortMatch[] SomePorts()
    {
        int first = 1024 + _random.Next(30_000);
        return [.. Enumerable.Range(0, _random.Next(1, 4)).SelectMany(i => Tcp(first + (7 * i)))];
    }

    private void Add(string space, string name, string? app, PolicyRule[]? ingress = null, PolicyRule[]? egress = null) =>
        _policies.Add(new NetworkPolicy(
            PolicyApi.V1,
            FormattableString.Invariant($"{space}/{name}/{_policies.Count}"),
            space,
            FormattableString.Invariant($"{name}-{_policies.Count}"),
            app is null ? LabelSelector.Everything : Selector(("app", app)),
            ingress is not null,
            egress is not null,
            [.. ingress ?? []],
            [.. egress ?? []]));

    // Round the nodes from one at random, as a scheduler that spreads.
    private void Deploy(string space, string app, int replicas)
    {
        int node = _random.Next(_shape.Nodes);
        for (int i = 0; i < replicas; i++, node++)
        {
            while (_free[node % _shape.Nodes] == 0)
            {
                node++;
            }

            int at = node % _shape.Nodes;
            uint addr = 0x0af40000u + ((uint)at << 8) + (uint)_hosts[at][--_free[at]] + 2;
            string name = FormattableString.Invariant($"{app}-{i}");
            _pods.Add(new Pod(
                $"{space}/{name}",
                space,
                name,
                Labels(("app", app)),
                FormattableString.Invariant($"node{at}"),
                HostNetwork: false,
                Terminated: false,
                [new IpAddr(IpFamily.V4, addr)],
                [new IpAddr(IpFamily.V4, 0xc0a80000u + (uint)at + 1)],
                []));
        }
    }

    // Shares like 1, 1/2, 1/3 ..., none of them empty.
    private static int[] Split(int total, int parts)
    {
        double sum = Enumerable.Range(1, parts).Sum(rank => 1.0 / rank);
        int[] sizes = [.. Enumerable.Range(1, parts).Select(rank => 1 + (int)((total - parts) / (rank * sum)))];
        sizes[0] += total - sizes.Sum();
        return sizes;
    }

    private int[] Shuffled(int count)
    {
        int[] numbers = [.. Enumerable.Range(0, count)];
        _random.Shuffle(numbers);
        return numbers;
    }

    private static string App(int number) => FormattableString.Invariant($"app{number}");

    private ImmutableSortedDictionary<string, string> LabelsOf(string space) =>
        _products.Contains(space) ? Labels(("name", space), ("kind", "product")) : Labels(("name", space));

    private static L4PortMatch[] Dns { get; } = [new(L4Proto.Udp, 53, 53), new(L4Proto.Tcp, 53, 53)];

    private static L4PortMatch[] Tcp(int port) => [new(L4Proto.Tcp, (ushort)port, (ushort)port)];

    private static PolicyRule Rule(PeerMatch[] peers, params L4PortMatch[][] ports) =>
        new([.. peers], ports.Length == 0 ? null : [.. ports.SelectMany(some => some)]);

    private static PeerMatch In(string space, string app) => new(Selector(("app", app)), Selector(("name", space)));

    private static LabelSelector Selector(params (string Key, string Value)[] labels) =>
        new([.. labels.Select(label => new LabelRequirement(label.Key, LabelOperator.In, [label.Value]))]);

    private static ImmutableSortedDictionary<string, string> Labels(params (string Key, string Value)[] labels) =>
        labels.ToImmutableSortedDictionary(label => label.Key, label => label.Value);
}
