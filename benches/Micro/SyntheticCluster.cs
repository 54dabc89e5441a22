using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Benches.Micro;

/// <summary>
/// A cluster of a given size, the same at every run. Pods are spread over namespaces at random and fill node after node,
/// each with a /24, or a /23 where it has more pods than fit. A namespace belongs to one of 100 teams and to prod, staging or dev; a pod belongs to one of eight
/// apps, has the labels <c>app</c>, <c>role</c>, <c>pod-template-hash</c> and <c>version</c> (shared by the pods of one
/// app in one namespace) and the named ports <c>http</c> and <c>metrics</c>. One percent of the pods are on the host
/// network; a namespace of the platform's own runs DNS, another one monitoring.
/// </summary>
internal static class SyntheticCluster
{
    /// <summary>The node to resolve.</summary>
    public const string Node = "node-0";

    /// <summary>The namespace that DNS runs in.</summary>
    public const string System = "kube-system";

    private const string Monitoring = "monitoring";
    private const int Apps = 8;
    private const int Teams = 100;
    private const int PlatformPods = 8;
    private const int HostNetworkShare = 100;
    private static readonly string[] s_stages = ["prod", "staging", "dev"];
    private static readonly string[] s_roles = ["front", "back", "worker", "gateway", "cache", "db", "queue", "cron"];

    /// <summary>100 pods a node and one policy of each kind of the first four in a namespace.</summary>
    public static ClusterState Create(int pods, int namespaces, int nodes) =>
        Create(new ClusterShape(pods, namespaces, namespaces * 4, pods / nodes));

    public static ClusterState Create(ClusterShape shape)
    {
        Random random = new(7);
        List<Namespace> spaces = [.. Enumerable.Range(0, shape.Namespaces).Select(Space)];
        spaces.Add(new Namespace(System, Labels(("team", "platform"))));
        spaces.Add(new Namespace(Monitoring, Labels(("team", "platform"))));

        Dictionary<(int Space, int App), ImmutableSortedDictionary<string, string>> labels = [];
        ImmutableArray<Pod>.Builder pods = ImmutableArray.CreateBuilder<Pod>(shape.Pods);
        for (int i = 0; i < shape.Pods; i++)
        {
            (int Space, int App) owner = (random.Next(shape.Namespaces), random.Next(Apps));
            if (!labels.TryGetValue(owner, out ImmutableSortedDictionary<string, string>? common))
            {
                labels.Add(owner, common = AppLabels(owner.Space, owner.App));
            }

            pods.Add(i < PlatformPods
                ? PlatformPod(i, shape.LocalPods)
                : MakePod(i, SpaceName(owner.Space), common, shape.LocalPods));
        }

        int policiesPerSpace = shape.Policies / shape.Namespaces;
        return new ClusterState(
            [.. spaces],
            pods.MoveToImmutable(),
            [
                .. Enumerable.Range(0, shape.Namespaces).SelectMany(space => Enumerable.Range(0, policiesPerSpace)
                    .Select(i => SyntheticPolicies.Make(SpaceName(space), space % Teams, Rotated(space, i, policiesPerSpace)))),
            ]);
    }

    public static string App(int index) => FormattableString.Invariant($"app-{index % Apps}");

    public static string SpaceName(int index) => FormattableString.Invariant($"space-{index}");

    public static ImmutableSortedDictionary<string, string> Labels(params (string Key, string Value)[] labels) =>
        labels.ToImmutableSortedDictionary(l => l.Key, l => l.Value, StringComparer.Ordinal);

    /// <summary>Namespaces with few policies have different ones; the default deny is in each.</summary>
    private static int Rotated(int space, int index, int count) => index == 0 ? 0 : index + (count < 8 ? space % 6 : 0);

    private static Namespace Space(int index) => new(
        SpaceName(index),
        Labels(("team", SyntheticPolicies.Team(index % Teams)), ("env", s_stages[index % s_stages.Length])));

    private static ImmutableSortedDictionary<string, string> AppLabels(int space, int app) => Labels(
        ("app", App(app)),
        ("role", s_roles[app]),
        ("pod-template-hash", FormattableString.Invariant($"{(space * 31) + app:x8}")),
        ("version", FormattableString.Invariant($"v{space % 3}")));

    private static Pod PlatformPod(int index, int podsPerNode) => MakePod(
        index,
        index % 2 == 0 ? System : Monitoring,
        index % 2 == 0 ? Labels(("k8s-app", "kube-dns")) : Labels(("app", "prometheus")),
        podsPerNode);

    private static Pod MakePod(
        int index,
        string space,
        ImmutableSortedDictionary<string, string> labels,
        int podsPerNode)
    {
        int node = index / podsPerNode;
        int block = podsPerNode > 250 ? 9 : 8;
        string name = FormattableString.Invariant($"pod-{index}");
        IpAddr nodeAddress = IpAddr.V4(0xc0a8_0000u + (uint)node);
        bool host = index % HostNetworkShare == HostNetworkShare - 1;
        return new Pod(
            FormattableString.Invariant($"00000000-0000-4000-8000-{index:x12}"),
            space,
            name,
            labels,
            FormattableString.Invariant($"node-{node}"),
            host,
            Terminated: false,
            [host ? nodeAddress : IpAddr.V4(0x0a00_0002u + (uint)((node << block) + (index % podsPerNode)))],
            [nodeAddress],
            [new NamedPort("http", L4Proto.Tcp, 8080), new NamedPort("metrics", L4Proto.Tcp, 9090)]);
    }
}
