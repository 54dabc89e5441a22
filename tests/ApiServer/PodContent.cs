using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace NetPolNic.TestApiServer;

/// <summary>
/// Generated pods that look like real ones: about 4 KB each, with what a kubelet, a Deployment and a service account leave
/// in them. The same number gives the same cluster.
/// </summary>
public static class PodContent
{
    /// <summary>Pods of one namespace.</summary>
    public const int PodsPerNamespace = 200;

    private static readonly JsonSerializerOptions s_plain =
        new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly string s_template = ReadTemplate();

    private const int PodsPerDeployment = 10;
    private const int PodsPerNode = 110;

    /// <summary>The namespaces of so many pods.</summary>
    public static IEnumerable<(string Key, byte[] Json)> Namespaces(int pods)
    {
        for (int i = 0; i <= (pods - 1) / PodsPerNamespace; i++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"team-{i:d4}");
            JsonObject ns = new()
            {
                ["metadata"] = new JsonObject
                {
                    ["name"] = name,
                    ["uid"] = Uid(1, i),
                    ["resourceVersion"] = "900",
                    ["labels"] = new JsonObject
                    {
                        ["kubernetes.io/metadata.name"] = name,
                        ["tier"] = i % 3 == 0 ? "front" : "back",
                    },
                },
                ["spec"] = new JsonObject { ["finalizers"] = new JsonArray("kubernetes") },
                ["status"] = new JsonObject { ["phase"] = "Active" },
            };
            yield return (name, JsonSerializer.SerializeToUtf8Bytes(ns));
        }
    }

    /// <summary>Pods: key and JSON without apiVersion and kind.</summary>
    public static IEnumerable<(string Key, byte[] Json)> Pods(int count)
    {
        for (int i = 0; i < count; i++)
        {
            string ns = string.Create(CultureInfo.InvariantCulture, $"team-{i / PodsPerNamespace:d4}");
            string name = NameOf(i);
            yield return ($"{ns}/{name}", Pod(i, ns, name, "900", "v1"));
        }
    }

    /// <summary>One pod.</summary>
    /// <param name="index">Decides everything about it.</param>
    /// <param name="version">Resource version in its metadata.</param>
    /// <param name="release">Value of a label, so that an update can change it.</param>
    public static byte[] Pod(int index, string version, string release) => Pod(
        index,
        string.Create(CultureInfo.InvariantCulture, $"team-{index / PodsPerNamespace:d4}"),
        NameOf(index),
        version,
        release);

    private static string NameOf(int index) => string.Create(
        CultureInfo.InvariantCulture,
        $"service-{index / PodsPerDeployment % 20}-{Hash(index / PodsPerDeployment):x8}-{Hash(index) % 0xfffff:x5}");

    private static byte[] Pod(int index, string ns, string name, string version, string release)
    {
        int deployment = index / PodsPerDeployment;
        int node = index / PodsPerNode;
        string app = string.Create(CultureInfo.InvariantCulture, $"service-{deployment % 20}");
        string hash = Hash(deployment).ToString("x8", CultureInfo.InvariantCulture);
        string nodeIp = string.Create(CultureInfo.InvariantCulture, $"192.168.{node / 250}.{1 + (node % 250)}");
        string podIp = string.Create(
            CultureInfo.InvariantCulture, $"10.{index >> 16 & 255}.{index >> 8 & 255}.{index & 255}");
        string nodeName = string.Create(CultureInfo.InvariantCulture, $"node-{node:d4}.example.internal");
        string uid = Uid(2, index);
        string owner = Uid(3, deployment);
        StringBuilder json = new(s_template);
        json.Replace("$name$", name).Replace("$ns$", ns).Replace("$uid$", uid).Replace("$version$", version)
            .Replace("$app$", app).Replace("$hash$", hash).Replace("$owner$", owner).Replace("$release$", release)
            .Replace("$podIp$", podIp).Replace("$nodeIp$", nodeIp).Replace("$nodeName$", nodeName);
        return Encoding.UTF8.GetBytes(json.ToString());
    }

    private static string ReadTemplate()
    {
        using Stream stream = typeof(PodContent).Assembly.GetManifestResourceStream("pod.json")!;
        return JsonNode.Parse(stream)!.ToJsonString(s_plain);
    }

    private static uint Hash(int value)
    {
        uint mixed = unchecked((uint)value * 2654435761u);
        mixed ^= mixed >> 15;
        return unchecked(mixed * 2246822519u) ^ (mixed >> 13);
    }

    private static string Uid(int space, int index) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Hash(index):x8}-{space:x4}-4{index & 0xfff:x3}-8{index >> 12 & 0xfff:x3}-{(uint)index:x12}");
}
