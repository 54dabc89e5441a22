using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Benches.Micro;

/// <summary>The policies of one namespace of a synthetic cluster: nine kinds in turn, then the same for further apps.</summary>
internal static class SyntheticPolicies
{
    private const int Kinds = 9;

    private static readonly IpBlock s_internet = new(
        IpPrefix.Parse("0.0.0.0/0"),
        [IpPrefix.Parse("10.0.0.0/8"), IpPrefix.Parse("172.16.0.0/12"), IpPrefix.Parse("192.168.0.0/16")]);

    public static NetworkPolicy Make(string space, int team, int index)
    {
        string app = SyntheticCluster.App(index / Kinds);
        string next = SyntheticCluster.App((index / Kinds) + 1);
        LabelSelector subject = Labelled("app", app);
        return (index % Kinds) switch
        {
            0 => Policy(space, index, LabelSelector.Everything, [], []),
            1 => Policy(space, index, subject, [Rule([Pods("app", next)], Numbers(8080))], null),
            2 => Policy(space, index, LabelSelector.Everything, null, [Rule([Dns()], Numbers(53, L4Proto.Udp), Numbers(53))]),
            3 => Policy(space, index, subject, [Rule([Spaces("team", Team(team))], Named("http"))], null),
            4 => Policy(space, index, LabelSelector.Everything, [Rule([Scrapers()], Named("metrics"))], null),
            5 => Policy(space, index, subject, null, [Rule([new PeerMatch(IpBlock: s_internet)], Numbers(443))]),
            6 => Policy(space, index, subject, null, [Rule([Pods("app", next)], Named("http"), Named("metrics"))]),
            7 => Policy(space, index, subject, [Rule([FrontEnds()], new L4PortMatch(L4Proto.Tcp, 8000, 8099))], null),
            _ => Policy(space, index, LabelSelector.Everything, [Rule([new PeerMatch(PodSelector: LabelSelector.Everything)])], null),
        };
    }

    public static string Team(int team) => FormattableString.Invariant($"team-{team}");

    private static PeerMatch Dns() =>
        new(Labelled("k8s-app", "kube-dns"), Labelled("kubernetes.io/metadata.name", SyntheticCluster.System));

    private static PeerMatch Scrapers() => new(Labelled("app", "prometheus"), Labelled("team", "platform"));

    /// <summary>The front ends of all production namespaces: a selection that grows with the cluster.</summary>
    private static PeerMatch FrontEnds() => new(
        new LabelSelector([new LabelRequirement("role", LabelOperator.In, ["front", "gateway"])]),
        Labelled("env", "prod"));

    private static PeerMatch Pods(string key, string value) => new(PodSelector: Labelled(key, value));

    private static PeerMatch Spaces(string key, string value) => new(NamespaceSelector: Labelled(key, value));

    private static LabelSelector Labelled(string key, string value) =>
        new([new LabelRequirement(key, LabelOperator.In, [value])]);

    private static L4PortMatch Numbers(ushort number, L4Proto proto = L4Proto.Tcp) => new(proto, number, number);

    private static L4PortMatch Named(string name) => new(L4Proto.Tcp, Name: name);

    private static PolicyRule Rule(PeerMatch[] peers, params L4PortMatch[] ports) => new([.. peers], [.. ports]);

    /// <param name="space">Its namespace.</param>
    /// <param name="index">Number within the namespace.</param>
    /// <param name="subject">What it selects.</param>
    /// <param name="ingress">Ingress rules, or null where the type does not apply.</param>
    /// <param name="egress">Egress rules, or null where the type does not apply.</param>
    private static NetworkPolicy Policy(
        string space,
        int index,
        LabelSelector subject,
        ImmutableArray<PolicyRule>? ingress,
        ImmutableArray<PolicyRule>? egress)
    {
        string name = FormattableString.Invariant($"policy-{index}");
        return new NetworkPolicy(
            PolicyApi.V1,
            $"{space}/{name}",
            space,
            name,
            subject,
            ingress is not null,
            egress is not null,
            ingress ?? [],
            egress ?? []);
    }
}
