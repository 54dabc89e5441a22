using System.Collections.Immutable;
using System.Globalization;
using NetPolNic.Policy.Model;

namespace NetPolNic.TestSupport;

/// <summary>Writes a small cluster state by hand. Pods get an address of each family: 10.0.0.N and fd00::N.</summary>
public sealed class ClusterBuilder
{
    public const string DefaultDeny = """{"ingress":{"isolation":"DefaultDeny"}}""";

    private readonly List<Namespace> _namespaces = [];
    private readonly List<Pod> _pods = [];
    private readonly List<NetworkPolicy> _policies = [];

    /// <param name="text">Labels as "key=value,key=value"; "" is none.</param>
    public static ImmutableSortedDictionary<string, string> Labels(string text) => text
        .Split(',', StringSplitOptions.RemoveEmptyEntries)
        .Select(l => l.Split('='))
        .ToImmutableSortedDictionary(l => l[0], l => l[1]);

    /// <summary>A selector of matchLabels, in the form of <see cref="Labels"/>; "" selects everything.</summary>
    public static LabelSelector Select(string labels) =>
        new([.. Labels(labels).Select(l => new LabelRequirement(l.Key, LabelOperator.In, [l.Value]))]);

    public static LabelSelector Select(string key, LabelOperator op, params string[] values) =>
        new([new LabelRequirement(key, op, [.. values])]);

    public static PeerMatch Pods(string labels) => new(PodSelector: Select(labels));

    public static PeerMatch Spaces(string labels) => new(NamespaceSelector: Select(labels));

    public static PeerMatch Block(string cidr, params string[] except) =>
        new(IpBlock: new IpBlock(IpPrefix.Parse(cidr), [.. except.Select(IpPrefix.Parse)]));

    /// <param name="text">"TCP/80", "TCP/80-90", "UDP" (every port) or "TCP/name".</param>
    public static L4PortMatch Entry(string text)
    {
        string[] parts = text.Split('/');
        L4Proto proto = Enum.Parse<L4Proto>(parts[0], ignoreCase: true);
        if (parts.Length == 1)
        {
            return new L4PortMatch(proto);
        }

        if (!char.IsAsciiDigit(parts[1][0]))
        {
            return new L4PortMatch(proto, Name: parts[1]);
        }

        ushort[] ends = [.. parts[1].Split('-').Select(n => ushort.Parse(n, CultureInfo.InvariantCulture))];
        return new L4PortMatch(proto, ends[0], ends[^1]);
    }

    /// <summary>A rule without ports; null leaves the peers out.</summary>
    public static PolicyRule Rule(PeerMatch[]? peers) => Rule(peers, null);

    /// <summary>A rule; null leaves a list out, [] makes it empty.</summary>
    public static PolicyRule Rule(PeerMatch[]? peers, params string[]? ports) =>
        new(peers?.ToImmutableArray(), ports?.Select(Entry).ToImmutableArray());

    public ClusterBuilder Space(string name, string labels = "", string? annotation = null)
    {
        _namespaces.Add(new Namespace(name, Labels(labels), annotation));
        return this;
    }

    /// <param name="name">"namespace/name".</param>
    /// <param name="number">Last part of its addresses; 0 is no address.</param>
    /// <param name="labels">In the form of <see cref="Labels"/>.</param>
    /// <param name="node">Its node; node "n1" has the addresses 10.0.1.1 and fd01::1.</param>
    /// <param name="ports">Named ports as "name=TCP/80 name=UDP/53".</param>
    /// <param name="uid">UID, or null for the name.</param>
    public ClusterBuilder Pod(
        string name,
        int number,
        string labels = "",
        string? node = "n1",
        string ports = "",
        string? uid = null)
    {
        string[] parts = name.Split('/');
        _pods.Add(new Pod(
            uid ?? name,
            parts[0],
            parts[1],
            Labels(labels),
            node,
            false,
            false,
            number == 0 ? [] : [Address(IpFamily.V4, number), Address(IpFamily.V6, number)],
            node is null ? [] : [NodeAddress(IpFamily.V4, node), NodeAddress(IpFamily.V6, node)],
            [.. ports.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(NamedPortOf)]));
        return this;
    }

    /// <summary>Changes the pod that was added last.</summary>
    public ClusterBuilder With(Func<Pod, Pod> change)
    {
        _pods[^1] = change(_pods[^1]);
        return this;
    }

    /// <summary>A v1 policy of type Ingress.</summary>
    public ClusterBuilder Ingress(string name, string subject, params PolicyRule[] rules) =>
        Add(PolicyApi.V1, name, Select(subject), true, false, rules, []);

    /// <summary>A v1 policy of type Egress.</summary>
    public ClusterBuilder Egress(string name, string subject, params PolicyRule[] rules) =>
        Add(PolicyApi.V1, name, Select(subject), false, true, [], rules);

    /// <summary>A policy of the seed page's version.</summary>
    public ClusterBuilder Seed(string name, string subject, params PolicyRule[] rules) =>
        Add(PolicyApi.V1Beta1, name, Select(subject), true, false, rules, []);

    public ClusterBuilder Add(
        PolicyApi api,
        string name,
        LabelSelector subject,
        bool ingress,
        bool egress,
        PolicyRule[] ingressRules,
        PolicyRule[] egressRules)
    {
        string[] parts = name.Split('/');
        _policies.Add(new NetworkPolicy(
            api, name, parts[0], parts[1], subject, ingress, egress, [.. ingressRules], [.. egressRules]));
        return this;
    }

    public ClusterState Build() => new([.. _namespaces], [.. _pods], [.. _policies]);

    public static IpAddr Address(IpFamily family, int number) =>
        IpAddr.Parse(FormattableString.Invariant($"{(family == IpFamily.V4 ? "10.0.0." : "fd00::")}{number}"));

    public static IpAddr NodeAddress(IpFamily family, string node) =>
        IpAddr.Parse((family == IpFamily.V4 ? "10.0.1." : "fd01::") + node[1..]);

    private static NamedPort NamedPortOf(string text)
    {
        string[] parts = text.Split('=');
        L4PortMatch entry = Entry(parts[1]);
        return new NamedPort(parts[0], entry.Proto, entry.First!.Value);
    }
}
