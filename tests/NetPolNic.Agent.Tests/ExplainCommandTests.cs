using System.Text.Json;

namespace NetPolNic.Agent.Tests;

public sealed class ExplainCommandTests
{
    [Fact]
    public async Task Names_the_rule_that_allows()
    {
        var (status, output, _) = await Explain("default/frontend", "default/db", "6379");

        Assert.Equal(0, status);
        Assert.StartsWith("allowed  default/frontend (10.244.1.11) → default/db (10.244.1.10) TCP/6379", output, StringComparison.Ordinal);
        Assert.Contains("default/test-network-policy ingress[0].from[1].ports[0]", Flat(output), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_a_denial_with_status_1_and_where_it_is_enforced()
    {
        var (status, output, _) = await Explain("unrelated/scanner", "default/db", "6379");

        Assert.Equal(1, status);
        Assert.StartsWith("denied", output, StringComparison.Ordinal);
        Assert.Contains("the NIC drops it: denied whatever the connection's state", Flat(output), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Says_the_same_as_json()
    {
        var (_, output, _) = await Explain("10.244.2.30", "default/db", "6379", "-o", "json", "--nic", "i40e");

        using JsonDocument json = JsonDocument.Parse(output);
        JsonElement root = json.RootElement;
        Assert.Equal("unrelated/scanner", root.GetProperty("from").GetString());
        Assert.Equal("deny", root.GetProperty("verdict").GetString());
        Assert.Equal("NoRuleAllows", root.GetProperty("ingress").GetProperty("reason").GetString());
        Assert.Equal("fallback", root.GetProperty("enforcement").GetProperty("place").GetString());
    }

    [Theory]
    [InlineData("unrelated/scanner", "6379", "--nic", "i40e", "TcpFlagsUnsupported", "tcp 10.244.1.10 ← any")]
    [InlineData("default/frontend", "6379", "--nic", "mlx5", "NeedsConnectionState", "connections that policy allows 10.244.1.10 ← any")]
    public async Task Says_which_region_a_punted_packet_is_in_and_why(
        string from, string port, string option, string nic, string reason, string region)
    {
        var (_, output, _) = await Explain(from, "default/db", port, option, nic);
        var (_, text, _) = await Explain(from, "default/db", port, option, nic, "-o", "json");

        Assert.Contains($"left to the fallback: {region}", Flat(output), StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(text);
        JsonElement punt = json.RootElement.GetProperty("enforcement").GetProperty("punt");
        Assert.Equal(reason, punt.GetProperty("reason").GetString());
        Assert.StartsWith(region, punt.GetProperty("region").GetString(), StringComparison.Ordinal);
        Assert.NotEmpty(punt.GetProperty("fact").GetString()!);
        Assert.NotEqual(0, punt.GetProperty("origin").GetArrayLength());
    }

    [Theory]
    [InlineData("mlx5")]
    [InlineData("full")]
    public async Task Says_whom_a_drop_serves_and_by_which_lines_of_policy_also_where_pods_share_it(string nic)
    {
        var (_, output, _) = await Explain("unrelated/scanner", "default/db", "6379", "--nic", nic);
        var (_, text, _) = await Explain("unrelated/scanner", "default/db", "6379", "--nic", nic, "-o", "json");

        using JsonDocument json = JsonDocument.Parse(text);
        JsonElement enforcement = json.RootElement.GetProperty("enforcement");
        string[] isolatedBy =
        [
            .. json.RootElement.GetProperty("ingress").GetProperty("isolatedBy").EnumerateArray()
                .Select(line => line.GetString()!),
        ];
        Assert.Equal("DROP", enforcement.GetProperty("verdict").GetString());
        Assert.Equal("default/db", enforcement.GetProperty("pod").GetString());
        Assert.NotEmpty(isolatedBy);
        Assert.Equal(isolatedBy, enforcement.GetProperty("origin").EnumerateArray().Select(line => line.GetString()));
        Assert.Contains($"; from {isolatedBy[0]}", Flat(output), StringComparison.Ordinal);
        Assert.InRange(enforcement.GetProperty("group").GetInt32(), 3, int.MaxValue);
    }

    [Theory]
    [InlineData("default/nobody", "default/db", "--from: 'default/nobody' is neither an address nor a pod")]
    [InlineData("default/frontend", "db", "did you mean default/db?")]
    [InlineData("default/frontend", "fd00::1", "share no address family")]
    public async Task Refuses_ends_that_are_not_there(string from, string to, string reason)
    {
        var (status, _, error) = await Explain(from, to, "80");

        Assert.Equal(2, status);
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TCP", null, "--port: TCP, UDP and SCTP need one")]
    [InlineData("ICMP", "8", "only TCP, UDP and SCTP have ports")]
    [InlineData("FOO", "8", "'FOO' is not TCP, UDP, SCTP, ICMP or a number")]
    [InlineData("TCP", "70000", "70000")]
    public async Task Refuses_protocols_and_ports_that_do_not_fit(string protocol, string? port, string reason)
    {
        string[] portArgs = port is null ? [] : ["--port", port];
        var (status, _, error) = await CommandLine.RunAsync(
            ["explain", "-f", CommandLine.Example("seed"), "--from", "default/frontend", "--to", "default/db", "--protocol", protocol, .. portArgs]);

        Assert.Equal(2, status);
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    private static Task<(int Status, string Output, string Error)> Explain(string from, string to, string port, params string[] more) =>
        CommandLine.RunAsync(["explain", "-f", CommandLine.Example("seed"), "--from", from, "--to", to, "--port", port, .. more]);

    private static string Flat(string text) => text.Replace("\n", "", StringComparison.Ordinal);
}
