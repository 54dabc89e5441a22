using System.Text.Json;

namespace NetPolNic.Agent.Tests;

public sealed class CompileCommandTests
{
    [Fact]
    public async Task Prints_rules_and_punts_as_json()
    {
        var (status, output, _) = await CommandLine.RunAsync("compile", "--manifests", CommandLine.Example("seed"), "-o", "json");

        using JsonDocument json = JsonDocument.Parse(output);
        JsonElement[] rules = [.. json.RootElement.GetProperty("rules").EnumerateArray()];
        Assert.Equal(0, status);
        Assert.Contains(rules, rule =>
            rule.GetProperty("verdict").GetString() == "DROP" &&
            rule.GetProperty("pattern").GetString()!.Contains("tcp flags spec 0x2 flags mask 0x12", StringComparison.Ordinal) &&
            rule.GetProperty("actions").GetString() == "count / drop / end");
        Assert.All(rules, rule => Assert.Equal(0, rule.GetProperty("port").GetInt32()));
        Assert.All(
            json.RootElement.GetProperty("punts").EnumerateArray(),
            punt => Assert.All(["pod", "direction", "region", "reason", "field", "origin"], name => punt.GetProperty(name)));
    }

    [Fact]
    public async Task Prints_testpmd_commands_with_covers_before_drops()
    {
        var (_, output, _) = await CommandLine.RunAsync("compile", "-f", CommandLine.Example("v1"), "-o", "testpmd", "--nic", "ice");

        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        int lastCover = Array.FindLastIndex(lines, line => line.Contains("priority 0 ", StringComparison.Ordinal));
        int firstDrop = Array.FindIndex(lines, line => line.Contains("drop / end", StringComparison.Ordinal));
        Assert.All(lines, line => Assert.Matches("^flow create 0 .* pattern eth /( .* /)? end actions .* / end$", line));
        Assert.InRange(firstDrop, lastCover + 1, lines.Length);
    }

    [Fact]
    public async Task Compiles_only_the_pods_of_a_node()
    {
        var (_, output, _) = await CommandLine.RunAsync(
            "compile", "-f", CommandLine.Example("seed"), "--node", "node-2", "-o", "testpmd");

        Assert.DoesNotContain("dst is 10.244.1.10", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuses_a_node_that_no_pod_is_on()
    {
        var (status, _, error) = await CommandLine.RunAsync("compile", "-f", CommandLine.Example("seed"), "--node", "node-9");

        Assert.Equal(2, status);
        Assert.Equal("netpolnic: no pod is on node 'node-9'; pods are on node-1, node-2\n", error);
    }

    [Fact]
    public async Task Refuses_an_unknown_profile()
    {
        var (status, _, error) = await CommandLine.RunAsync("compile", "-f", CommandLine.Example("seed"), "--nic", "mlx6");

        Assert.Equal(2, status);
        string names = string.Join(", ", NetPolNic.Offload.Capabilities.NicProfiles.Names);
        Assert.Equal(
            $"netpolnic: no NIC profile is called 'mlx6'; there are {names}; did you mean 'mlx5'?\n", error);
    }
}
