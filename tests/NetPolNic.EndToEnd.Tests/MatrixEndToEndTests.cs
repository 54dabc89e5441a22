using System.Text.Json.Nodes;
using CsCheck;
using NetPolNic.EndToEnd.Tests.Rig;
using NetPolNic.Policy.Model;
using NetPolNic.TestSupport;

namespace NetPolNic.EndToEnd.Tests;

/// <summary>The command line, whole: a matrix by packets is the matrix by the model; verify and demo agree.</summary>
public sealed class MatrixEndToEndTests
{
    private const string Ports = "53/UDP,54,79,80,81,82,83,8079,8080,80/UDP,81/UDP,80/SCTP,81/SCTP,65535/UDP";

    private static readonly string[] s_profiles = ["full", "mlx5", "ice", "i40e"];

    [Theory]
    [InlineData("seed")]
    [InlineData("v1")]
    public async Task By_packets_is_by_model_for_an_example(string example)
    {
        string folder = Netpolnic.Example(example);
        foreach (string? node in (string?[])[null, "node-1"])
        {
            await AssertSame(folder, node, "10.0.0.9,203.0.113.7,2001:db8::7", null, "auto");
        }
    }

    [Fact]
    public async Task By_packets_is_by_model_for_random_clusters()
    {
        using TempFolder folder = new();
        for (int i = 0; i < Effort.Iterations(4); i++)
        {
            ClusterGen.State.Where(state => state.Pods.Length > 3)
                .Select(state => ClusterYaml.Write(Acceptable(state)))
                .Sample(yaml => folder.Write("cluster.yaml", yaml), iter: 1, threads: 1);
            foreach (string isolation in (string[])["auto", "namespace", "pod"])
            {
                await AssertSame(folder.Path, null, "8.8.8.8,1.1.1.1,2001:db8::1", Ports, isolation);
            }
        }
    }

    [Fact]
    public async Task By_packets_answers_for_11_pods_and_27_ports()
    {
        using TempFolder folder = new();
        ClusterBuilder cluster = new();
        foreach (string space in (string[])["x", "y", "z"])
        {
            cluster.Space(space, $"team={space}").Ingress(
                $"{space}/p",
                "app=a",
                ClusterBuilder.Rule([ClusterBuilder.Spaces("team=x"), ClusterBuilder.Pods("app=b")], "TCP/80-84", "UDP/81"));
            cluster.Egress(
                $"{space}/q", "app=c", ClusterBuilder.Rule([ClusterBuilder.Spaces("team=y")], "SCTP/80", "TCP/81"));
        }

        for (int i = 0; i < 11; i++)
        {
            cluster.Pod($"{"xyz"[i % 3]}/{"abcd"[i / 3]}", i + 1, $"app={"abcd"[i / 3]}");
        }

        folder.Write("cluster.yaml", ClusterYaml.Write(cluster.Build()));
        IEnumerable<string> ports =
            from number in Enumerable.Range(80, 9)
            from proto in (string[])["TCP", "UDP", "SCTP"]
            select $"{number}/{proto}";

        string matrix = await AssertSame(folder.Path, null, "8.8.8.8", string.Join(',', ports), "auto", "mlx5");

        Assert.Equal(27, JsonNode.Parse(matrix)!["tables"]!.AsArray().Count);
        Assert.Equal(12, JsonNode.Parse(matrix)!["endpoints"]!.AsArray().Count);
    }

    [Theory]
    [InlineData("seed", "mlx5")]
    [InlineData("seed", "ice")]
    [InlineData("v1", "mlx5")]
    [InlineData("v1", "i40e")]
    public async Task Verify_finds_no_difference(string example, string nic)
    {
        (int status, string output, string error) =
            await Netpolnic.RunAsync("verify", "-f", Netpolnic.Example(example), "--nic", nic);

        Assert.True(status == 0, output + error);
    }

    [Theory]
    [InlineData("mlx5")]
    [InlineData("ice")]
    [InlineData("i40e")]
    [InlineData("full")]
    public async Task Demo_agrees(string nic)
    {
        (int status, string output, string error) = await Netpolnic.RunAsync("demo", "--nic", nic);

        Assert.True(status == 0, output + error);
    }

    /// <summary>A container's ports have names of their own.</summary>
    private static ClusterState Acceptable(ClusterState state) => state with
    {
        Pods = [.. state.Pods.Select(pod => pod with { Ports = [.. pod.Ports.DistinctBy(port => port.Name)] })],
    };

    /// <returns>The matrix by the model, as JSON.</returns>
    private static async Task<string> AssertSame(
        string folder, string? node, string externals, string? ports, string isolation, params string[] profiles)
    {
        string[] common =
        [
            "matrix", "-f", folder, "--external", externals, "--isolation", isolation, "-o", "json",
            .. node is null ? (string[])[] : ["--node", node],
            .. ports is null ? (string[])[] : ["--ports", ports],
        ];
        (int status, string model, string error) = await Netpolnic.RunAsync(common);
        Assert.True(status == 0, error);
        foreach (string profile in profiles.Length > 0 ? profiles : s_profiles)
        {
            (status, string packets, error) =
                await Netpolnic.RunAsync([.. common, "--via", "packets", "--nic", profile]);
            Assert.True(status == 0, error);
            Assert.True(
                Combined(model) == Combined(packets),
                $"{profile}, {isolation}:\n{ReadAll(folder)}\nmodel   {Combined(model)}\npackets {Combined(packets)}");
        }

        return model;
    }

    /// <summary>All but the one-sided verdicts, which packets cannot show.</summary>
    private static string Combined(string json)
    {
        JsonNode root = JsonNode.Parse(json)!;
        foreach (JsonNode? table in root["tables"]!.AsArray())
        {
            table!.AsObject().Remove("ingress");
            table.AsObject().Remove("egress");
        }

        return root.ToJsonString();
    }

    private static string ReadAll(string folder) =>
        string.Join("---\n", Directory.EnumerateFiles(folder, "*.yaml").Select(File.ReadAllText));
}
