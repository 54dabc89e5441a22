using System.Collections.Immutable;
using CsCheck;
using NetPolNic.Policy.Model;

namespace NetPolNic.TestSupport;

/// <summary>Random clusters over <see cref="Universe"/>: namespaces, pods and policies of both API versions.</summary>
public static class ClusterGen
{
    private const string DefaultDeny = """{"ingress":{"isolation":"DefaultDeny"}}""";

    private static readonly Gen<ImmutableSortedDictionary<string, string>> s_labels =
        from app in Gen.OneOf("web", "db", "")
        from tier in Gen.OneOf("front", "back", "", "")
        select Labels(("app", app), ("tier", tier));

    private static readonly Gen<LabelRequirement> s_requirement = Gen.OneOf(
        new LabelRequirement("app", LabelOperator.In, ["web"]),
        new LabelRequirement("app", LabelOperator.In, ["db"]),
        new LabelRequirement("app", LabelOperator.In, ["web", "db"]),
        new LabelRequirement("tier", LabelOperator.In, ["front"]),
        new LabelRequirement("tier", LabelOperator.NotIn, ["front"]),
        new LabelRequirement("tier", LabelOperator.Exists, []),
        new LabelRequirement("app", LabelOperator.DoesNotExist, []));

    private static readonly Gen<LabelSelector> s_podSelector = Gen.Frequency(
        (2, Gen.Const(LabelSelector.Everything)),
        (5, s_requirement.Select(r => new LabelSelector([r]))),
        (1, Gen.Select(s_requirement, s_requirement, (a, b) => new LabelSelector([a, b]))));

    private static readonly Gen<LabelSelector> s_namespaceSelector = Gen.Frequency(
        (2, Gen.Const(LabelSelector.Everything)),
        (2, Gen.OneOf("x", "y", "z").Select(n => One("kubernetes.io/metadata.name", LabelOperator.In, n))),
        (2, Gen.OneOf("a", "b").Select(t => One("team", LabelOperator.In, t))),
        (1, Gen.Const(One("team", LabelOperator.NotIn, "a"))));

    private static readonly Gen<PeerMatch> s_seedPeer = Gen.OneOf(
        s_podSelector.Select(p => new PeerMatch(PodSelector: p)),
        s_namespaceSelector.Select(n => new PeerMatch(NamespaceSelector: n)));

    private static readonly Gen<PeerMatch> s_peer = Gen.Frequency(
        (4, s_seedPeer),
        (2, Gen.Select(s_podSelector, s_namespaceSelector, (p, n) => new PeerMatch(p, n))),
        (4, Gen.Int[0, Universe.Blocks.Count - 1].Select(i => new PeerMatch(IpBlock: Universe.Blocks[i]))));

    private static readonly Gen<L4Proto> s_proto = Gen.OneOf(L4Proto.Tcp, L4Proto.Tcp, L4Proto.Udp, L4Proto.Sctp);

    private static readonly Gen<L4PortMatch> s_seedPort = Gen.Frequency(
        (4, Gen.Select(s_proto, Gen.OneOf<ushort>(53, 80, 81, 8080), (p, n) => new L4PortMatch(p, n, n))),
        (1, s_proto.Select(p => new L4PortMatch(p))),
        (3, Gen.Select(s_proto, Gen.OneOf("http", "dns", "admin"), (p, n) => new L4PortMatch(p, Name: n))));

    private static readonly Gen<L4PortMatch> s_port = Gen.Frequency(
        (4, s_seedPort),
        (1, s_proto.Select(p => new L4PortMatch(p, 80, 82))),
        (1, s_proto.Select(p => new L4PortMatch(p, 54, 8079))),
        (1, s_proto.Select(p => new L4PortMatch(p, 81, 65535))));

    private static readonly Gen<NamedPort> s_namedPort =
        from name in Gen.OneOf("http", "dns", "admin")
        from proto in s_proto
        from number in Gen.OneOf<ushort>(53, 80, 81, 8080)
        select new NamedPort(name, proto, number);

    /// <summary>Clusters that manifests can express and the API server would accept; addresses do not clash.</summary>
    public static Gen<ClusterState> State { get; } = Cluster(clashes: false, defects: false);

    /// <summary>
    /// As <see cref="State"/>, with addresses that several pods claim and peers that are not understood.
    /// </summary>
    public static Gen<ClusterState> StateWithDefects { get; } = Cluster(clashes: true, defects: true);

    public static Gen<IsolationMode> Mode { get; } =
        Gen.OneOf(IsolationMode.Auto, IsolationMode.Auto, IsolationMode.Namespace, IsolationMode.Pod);

    /// <summary>The node to resolve for; null makes every pod local.</summary>
    public static Gen<string?> Node { get; } = Gen.OneOf<string?>(null, null, "n1", "n2");

    /// <summary>A flow between any two addresses of the universe, of one family.</summary>
    public static Gen<FlowProbe> Probe { get; } =
        from family in Gen.OneOf(IpFamily.V4, IpFamily.V6)
        from src in Gen.Int[0, Universe.Addresses(family).Count - 1]
        from dst in Gen.Int[0, Universe.Addresses(family).Count - 1]
        from proto in Gen.Int[0, Universe.Protocols.Count - 1]
        from number in Gen.Int[0, Universe.Numbers.Count - 1]
        select new FlowProbe(
            Universe.Addresses(family)[src],
            Universe.Addresses(family)[dst],
            Universe.Protocols[proto],
            Universe.Numbers[number]);

    /// <summary>The same state with its objects in another order.</summary>
    public static ClusterState Shuffle(ClusterState state, int seed)
    {
        Random random = new(seed);
        Namespace[] namespaces = [.. state.Namespaces];
        Pod[] pods = [.. state.Pods];
        NetworkPolicy[] policies = [.. state.Policies];
        random.Shuffle(namespaces);
        random.Shuffle(pods);
        random.Shuffle(policies);
        return new ClusterState([.. namespaces], [.. pods], [.. policies]);
    }

    private static Gen<ClusterState> Cluster(bool clashes, bool defects) =>
        from x in NamespaceOf("x")
        from y in NamespaceOf("y")
        from z in NamespaceOf("z")
        from pods in Gen.Int[0, Universe.PodCount].SelectMany(n => Pods(n, clashes))
        from policies in Policy(defects).Array[0, 6]
        select new ClusterState(
            [.. new[] { x, y, z }.OfType<Namespace>()],
            [.. pods],
            [.. policies.Select((p, i) => p with { Name = $"p{i}", Uid = $"uid-p{i}" })]);

    private static Gen<Namespace?> NamespaceOf(string name) =>
        from exists in Gen.Int[0, 5]
        from team in Gen.OneOf("a", "b", "")
        from annotation in Gen.OneOf(null, null, DefaultDeny, DefaultDeny, """{"ingress":{}}""", "DefaultDeny")
        select exists == 0 ? null : new Namespace(name, Labels(("team", team)), annotation);

    private static Gen<Pod[]> Pods(int count, bool clashes)
    {
        Gen<Pod[]> all = Gen.Const(Array.Empty<Pod>());
        for (int i = 0; i < count; i++)
        {
            int number = i;
            all = Gen.Select(all, PodNumber(number, clashes), (before, pod) => (Pod[])[.. before, pod]);
        }

        return all;
    }

    private static Gen<Pod> PodNumber(int number, bool clashes) =>
        from ns in Gen.OneOf("x", "y", "z")
        from labels in s_labels
        from kind in Gen.Int[0, 11]
        from node in Gen.Int[0, 1]
        from families in Gen.Int[0, 5]
        from twin in Gen.Int[0, 9]
        from ports in s_namedPort.Array[0, 3]
        select MakePod(number, ns, labels, kind, node, families, clashes && twin == 0 ? 0 : number, ports);

    /// <param name="number">Names the pod.</param>
    /// <param name="ns">Its namespace.</param>
    /// <param name="labels">Its labels.</param>
    /// <param name="kind">0 is a hostNetwork pod, 1 a terminated one, 2 one that no node has yet.</param>
    /// <param name="node">Node number.</param>
    /// <param name="families">0 no address yet, 1 IPv4, 2 IPv6, else both.</param>
    /// <param name="addressNumber">Which pod's address it has.</param>
    /// <param name="ports">Named container ports.</param>
    private static Pod MakePod(
        int number,
        string ns,
        ImmutableSortedDictionary<string, string> labels,
        int kind,
        int node,
        int families,
        int addressNumber,
        NamedPort[] ports)
    {
        IpFamily[] both = [IpFamily.V4, IpFamily.V6];
        IpFamily[] has = [.. both.Where((_, i) => families > 2 || families == i + 1)];
        bool host = kind == 0;
        bool scheduled = kind != 2;
        return new Pod(
            $"uid-{number}",
            ns,
            ((char)('a' + number)).ToString(),
            labels,
            scheduled ? Universe.Nodes[node] : null,
            host,
            kind == 1,
            scheduled
                ? [.. has.Select(f => host ? Universe.NodeAddress(node, f) : Universe.PodAddress(addressNumber, f))]
                : [],
            scheduled ? [Universe.NodeAddress(node, IpFamily.V4), Universe.NodeAddress(node, IpFamily.V6)] : [],
            [.. ports.Distinct()]);
    }

    private static Gen<NetworkPolicy> Policy(bool defects) =>
        from seed in Gen.Int[0, 3]
        from ns in Gen.OneOf("x", "y", "z")
        from subject in s_podSelector
        from types in Gen.Int[1, 3]
        from ingress in Rule(seed == 0, defects).Array[0, 3]
        from egress in Rule(seed == 0, defects).Array[0, 3]
        select new NetworkPolicy(
            seed == 0 ? PolicyApi.V1Beta1 : PolicyApi.V1,
            "",
            ns,
            "",
            subject,
            seed == 0 || (types & 1) != 0,
            seed != 0 && (types & 2) != 0,
            [.. ingress],
            seed == 0 ? [] : [.. egress]);

    private static Gen<PolicyRule> Rule(bool seed, bool defects)
    {
        Gen<PeerMatch> understood = seed ? s_seedPeer : s_peer;
        Gen<PeerMatch> peer = defects
            ? Gen.Frequency((9, understood), (1, Gen.OneOf(new PeerMatch(NotUnderstood: true), new PeerMatch())))
            : understood;
        return
            from peers in peer.Array[0, 3]
            from hasPeers in Gen.Int[0, 3]
            from ports in (seed ? s_seedPort : s_port).Array[0, 3]
            from hasPorts in Gen.Int[0, 3]
            select new PolicyRule(
                hasPeers == 0 ? null : peers.ToImmutableArray(),
                hasPorts == 0 ? null : ports.ToImmutableArray());
    }

    private static LabelSelector One(string key, LabelOperator op, string value) =>
        new([new LabelRequirement(key, op, [value])]);

    private static ImmutableSortedDictionary<string, string> Labels(params (string Key, string Value)[] labels) =>
        labels.Where(l => l.Value.Length > 0).ToImmutableSortedDictionary(l => l.Key, l => l.Value);
}
