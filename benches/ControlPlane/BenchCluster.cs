using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using NetPolNic.TestApiServer;

namespace NetPolNic.Benches.ControlPlane;

/// <summary>
/// A cluster for measurements, the same at every run: <c>pods</c> spread evenly over <c>namespaces</c> and over nodes of
/// about 110 pods each; five apps per namespace; five namespaces form a team; <c>policies</c> spread evenly over the
/// namespaces, of four kinds in turn (see <see cref="Policies"/>). Objects are as large as real ones, about 4 KB a pod.
/// </summary>
internal sealed partial class BenchCluster(int pods, int namespaces, int policies, int podsPerNode)
{
    /// <summary>The node whose pods are local.</summary>
    public const string LocalNode = "node-0000";

    private const int Apps = 5;
    private const int NamespacesPerTeam = 5;

    // Coprime to every node count that occurs: neighbours in a namespace are on different nodes.
    private const long NodeStep = 7919;

    /// <summary>The cluster of a measurement.</summary>
    public static BenchCluster Of(ControlPlaneOptions options) =>
        new(options.Pods, options.Namespaces, options.Policies, options.PodsPerNode);

    /// <summary>Pods of the cluster.</summary>
    public int PodCount => pods;

    private int NodeCount => Math.Max(1, pods / podsPerNode);

    /// <summary>All namespaces: key and JSON.</summary>
    public IEnumerable<(string Key, byte[] Json)> Namespaces() => Enumerable.Range(0, namespaces).Select(index => (
        Space(index),
        Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $$$"""
            {"metadata":{"name":"{{{Space(index)}}}","uid":"ns-{{{index}}}","resourceVersion":"900",
            "labels":{"kubernetes.io/metadata.name":"{{{Space(index)}}}","team":"team-{{{index / NamespacesPerTeam}}}"} },
            "status":{"phase":"Active"}}
            """))));

    /// <summary>All pods: key and JSON.</summary>
    public IEnumerable<(string Key, byte[] Json)> Pods() =>
        Enumerable.Range(0, pods).Select(index => (Key(index), Pod(index, "v1")));

    /// <summary>"namespace/name" of a pod.</summary>
    public string Key(int index) => $"{Space(index % namespaces)}/{PodName(index)}";

    /// <summary>One pod with a value of its "release" label.</summary>
    public byte[] Pod(int index, string release)
    {
        string json = Encoding.UTF8.GetString(PodContent.Pod(index, "900", release));
        string app = App(index / namespaces % Apps);
        int node = (int)(index * NodeStep % NodeCount);
        json = json.Replace(
            "\"namespace\":\"" + NamespaceOf().Match(json).Groups[1].Value,
            "\"namespace\":\"" + Space(index % namespaces),
            StringComparison.Ordinal);
        json = NameField().Replace(json, $"\"name\":\"{PodName(index)}\"", 1);
        json = NodeName().Replace(json, string.Create(CultureInfo.InvariantCulture, $"\"nodeName\":\"node-{node:d4}\""));
        json = NodeAddress().Replace(json, string.Create(CultureInfo.InvariantCulture, $"192.168.{node / 250}.{1 + (node % 250)}"));
        return Encoding.UTF8.GetBytes(AppLabel().Replace(json, $"\"app\":\"{app}\""));
    }

    /// <summary>
    /// All policies: key and JSON. In turn: ingress from an app of the namespace on a TCP port; ingress from an app's
    /// release v1 in the team's namespaces on a named port; egress to an app's release v1 of the namespace, and DNS;
    /// ingress from an ipBlock with an exception on a port range.
    /// </summary>
    public IEnumerable<(string Key, byte[] Json)> Policies()
    {
        for (int index = 0; index < policies; index++)
        {
            int space = index % namespaces;
            int number = index / namespaces;
            string subject = App(number % Apps);
            string peer = App((number + 1) % Apps);
            string name = string.Create(CultureInfo.InvariantCulture, $"policy-{number}");
            string team = string.Create(CultureInfo.InvariantCulture, $"team-{space / NamespacesPerTeam}");
            string rules = (number % 4) switch
            {
                0 => $$$""" "policyTypes":["Ingress"],"ingress":[{"from":[{"podSelector":{"matchLabels":{"app":"{{{peer}}}"} } }],"ports":[{"protocol":"TCP","port":8080}]}] """,
                1 => $$$""" "policyTypes":["Ingress"],"ingress":[{"from":[{"namespaceSelector":{"matchLabels":{"team":"{{{team}}}"} },"podSelector":{"matchLabels":{"app":"{{{peer}}}","release":"v1"} } }],"ports":[{"protocol":"TCP","port":"http"}]}] """,
                2 => $$$""" "policyTypes":["Egress"],"egress":[{"to":[{"podSelector":{"matchLabels":{"app":"{{{peer}}}","release":"v1"} } }],"ports":[{"protocol":"TCP","port":9090}]},{"ports":[{"protocol":"UDP","port":53}]}] """,
                _ => """ "policyTypes":["Ingress"],"ingress":[{"from":[{"ipBlock":{"cidr":"172.16.0.0/12","except":["172.16.9.0/24"]} }],"ports":[{"protocol":"TCP","port":443,"endPort":445}]}] """,
            };
            string json = string.Create(
                CultureInfo.InvariantCulture,
                $$$"""
                {"metadata":{"name":"{{{name}}}","namespace":"{{{Space(space)}}}","uid":"policy-{{{index}}}","resourceVersion":"900"},
                "spec":{"podSelector":{"matchLabels":{"app":"{{{subject}}}"}},{{{rules}}} } }
                """);
            yield return ($"{Space(space)}/{name}", Encoding.UTF8.GetBytes(json));
        }
    }

    private static string Space(int index) => string.Create(CultureInfo.InvariantCulture, $"space-{index:d5}");

    private static string App(int number) => string.Create(CultureInfo.InvariantCulture, $"app-{number}");

    private static string PodName(int index) => string.Create(CultureInfo.InvariantCulture, $"pod-{index}");

    [GeneratedRegex("\"namespace\":\"([^\"]*)")]
    private static partial Regex NamespaceOf();

    [GeneratedRegex("\"name\":\"[^\"]*\"")]
    private static partial Regex NameField();

    [GeneratedRegex("\"nodeName\":\"[^\"]*\"")]
    private static partial Regex NodeName();

    [GeneratedRegex("192\\.168\\.\\d+\\.\\d+")]
    private static partial Regex NodeAddress();

    [GeneratedRegex("\"app\":\"[^\"]*\"")]
    private static partial Regex AppLabel();
}
