using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Offload.Tests.Support;

/// <summary>
/// A seeded cluster of one to four nodes and up to a dozen pods on each, in up to four namespaces, with any policies: nothing but
/// isolation, one direction or both, peers by pods, namespaces, blocks and exceptions, no peers or no ports at all, single ports,
/// ranges and named ones. Some are dual stack.
/// </summary>
internal sealed class SmallCluster
{
    internal const string Node = "node0";

    private static readonly string[] s_blocks = ["0.0.0.0/0", "10.0.0.0/8", "8.0.0.0/7", "8.8.8.8/32", "::/0", "2001:db8::/32"];

    private readonly Random _random;

    private SmallCluster(int seed) => _random = new Random(seed);

    /// <summary>The cluster of a seed.</summary>
    internal static ClusterState Create(int seed) => new SmallCluster(seed).Make();

    private ClusterState Make()
    {
        int nodes = _random.Next(1, 5);
        int most = _random.Next(1, 13);
        bool dual = _random.Next(4) == 0;
        string[] spaces = [.. Enumerable.Range(0, _random.Next(1, 5)).Select(i => FormattableString.Invariant($"ns{i}"))];
        List<Pod> pods = [];
        for (int node = 0; node < nodes; node++)
        {
            int[] hosts = [.. Enumerable.Range(2, 250)];
            _random.Shuffle(hosts);
            for (int i = _random.Next(1, most + 1); i > 0; i--)
            {
                pods.Add(MakePod(Any(spaces), pods.Count, node, hosts[i], dual));
            }
        }

        List<NetworkPolicy> policies = [];
        foreach (string space in spaces)
        {
            for (int i = _random.Next(5); i > 0; i--)
            {
                policies.Add(MakePolicy(space, policies.Count, spaces));
            }
        }

        return new ClusterState(
            [.. spaces.Select(space => new Namespace(space, Labels(("name", space))))], [.. pods], [.. policies]);
    }

    private Pod MakePod(string space, int number, int node, int host, bool dual)
    {
        List<IpAddr> own = [new(IpFamily.V4, 0x0af40000u + ((uint)node << 8) + (uint)host)];
        List<IpAddr> ofNode = [new(IpFamily.V4, 0xc0a80000u + (uint)node + 1)];
        if (dual)
        {
            own.Add(new IpAddr(IpFamily.V6, ((UInt128)0xfd000000u << 96) + ((UInt128)(uint)node << 16) + (uint)host));
            ofNode.Add(new IpAddr(IpFamily.V6, ((UInt128)0xfd00ffffu << 96) + (uint)node + 1));
        }

        string name = FormattableString.Invariant($"pod{number}");
        return new Pod(
            $"{space}/{name}",
            space,
            name,
            Labels(("app", App())),
            FormattableString.Invariant($"node{node}"),
            HostNetwork: false,
            Terminated: false,
            [.. own],
            [.. ofNode],
            _random.Next(2) == 0 ? [] : [new NamedPort("http", L4Proto.Tcp, (ushort)(8080 + _random.Next(2)))]);
    }

    private NetworkPolicy MakePolicy(string space, int number, string[] spaces)
    {
        int directions = _random.Next(1, 4);
        string name = FormattableString.Invariant($"policy{number}");
        return new NetworkPolicy(
            PolicyApi.V1,
            $"{space}/{name}",
            space,
            name,
            _random.Next(2) == 0 ? LabelSelector.Everything : Selector("app", App()),
            (directions & 1) != 0,
            (directions & 2) != 0,
            (directions & 1) != 0 ? Rules(spaces) : [],
            (directions & 2) != 0 ? Rules(spaces) : []);
    }

    private ImmutableArray<PolicyRule> Rules(string[] spaces) =>
    [
        .. Enumerable.Range(0, _random.Next(4)).Select(_ => new PolicyRule(
            _random.Next(8) == 0 ? null : [.. Enumerable.Range(0, _random.Next(1, 4)).Select(_ => Peer(spaces))],
            _random.Next(4) == 0 ? null : [.. Enumerable.Range(0, _random.Next(1, 5)).Select(_ => Ports())])),
    ];

    private PeerMatch Peer(string[] spaces)
    {
        switch (_random.Next(5))
        {
            case 0:
                return new PeerMatch(PodSelector: LabelSelector.Everything);
            case 1:
                return new PeerMatch(PodSelector: Selector("app", App()));
            case 2:
                return new PeerMatch(NamespaceSelector: LabelSelector.Everything);
            case 3:
                return new PeerMatch(Selector("app", App()), Selector("name", Any(spaces)));
            default:
                IpPrefix block = IpPrefix.Parse(Any(s_blocks));
                ImmutableArray<IpPrefix> except = block.Length == 0 && block.Family == IpFamily.V4 && _random.Next(2) == 0
                    ? [IpPrefix.Parse("10.0.0.0/8"), IpPrefix.Parse("192.168.0.0/16")]
                    : [];
                return new PeerMatch(IpBlock: new IpBlock(block, except));
        }
    }

    private L4PortMatch Ports()
    {
        L4Proto proto = _random.Next(4) == 0 ? L4Proto.Udp : L4Proto.Tcp;
        ushort port = (ushort)(_random.Next(4) == 0 ? 443 : 1024 + _random.Next(30_000));
        return _random.Next(8) switch
        {
            0 => new L4PortMatch(proto, port, (ushort)(port + _random.Next(1, 1000))),
            1 => new L4PortMatch(L4Proto.Tcp, Name: "http"),
            2 => new L4PortMatch(proto),
            _ => new L4PortMatch(proto, port, port),
        };
    }

    private string App() => FormattableString.Invariant($"app{_random.Next(3)}");

    private string Any(string[] some) => some[_random.Next(some.Length)];

    private static LabelSelector Selector(string label, string value) =>
        new([new LabelRequirement(label, LabelOperator.In, [value])]);

    private static ImmutableSortedDictionary<string, string> Labels(params (string Key, string Value)[] labels) =>
        labels.ToImmutableSortedDictionary(label => label.Key, label => label.Value);
}
