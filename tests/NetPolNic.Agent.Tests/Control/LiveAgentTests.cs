using System.Text.Json;
using NetPolNic.Offload.Planning;

namespace NetPolNic.Agent.Tests.Control;

/// <summary>The whole way: manifests, resolver, apply loop, data plane of lists, control socket, command.</summary>
public sealed class LiveAgentTests
{
    [Fact]
    public async Task Tells_what_the_agent_enforces()
    {
        await using LiveRig rig = await LiveRig.StartAsync();

        var (status, output, error) = await rig.RunAsync("status", "-o", "json", "--rules", "--punts");

        Assert.Equal("", error);
        Assert.Equal(0, status);
        using JsonDocument json = JsonDocument.Parse(output);
        JsonElement root = json.RootElement;
        Assert.Equal(1, root.GetProperty("policy").GetProperty("generation").GetInt64());
        Assert.True(root.GetProperty("policy").GetProperty("inForce").GetBoolean());
        JsonElement[] pods = [.. root.GetProperty("pods").EnumerateArray()];
        JsonElement db = pods.Single(pod => pod.GetProperty("name").GetString() == "db");
        Assert.Equal(6, pods.Length);
        Assert.True(db.GetProperty("ingress").GetProperty("isolated").GetBoolean());
        Assert.Equal("namespace default annotation", db.GetProperty("ingress").GetProperty("isolatedBy")[0].GetString());
        Assert.False(db.GetProperty("egress").GetProperty("isolated").GetBoolean());
        JsonElement port = root.GetProperty("ethPorts")[0];
        JsonElement[] rules = [.. root.GetProperty("rules").EnumerateArray()];
        JsonElement[] ofPort = [.. rules.Where(rule => rule.GetProperty("ethPort").GetInt32() == 0)];
        Assert.Equal(port.GetProperty("rules").GetInt32(), ofPort.Length);
        Assert.Equal(port.GetProperty("drops").GetInt32(), ofPort.Count(Has("DROP")));
        Assert.Equal(port.GetProperty("passes").GetInt32(), ofPort.Count(Has("PASS")));
        Assert.Equal(port.GetProperty("punts").GetInt32(), ofPort.Count(Has("PUNT")));
        Assert.NotEqual(0, ofPort.Count(Has("DROP")));
        ulong[] hits = [.. rules.Select(rule => rule.GetProperty("hits").GetUInt64())];
        Assert.Equal(hits.OrderDescending(), hits);
        Assert.Equal(
            root.GetProperty("puntedRegions").GetArrayLength(),
            root.GetProperty("punts").EnumerateArray().Sum(punt => punt.GetProperty("regions").GetInt32()));
        Assert.Equal(3u, root.GetProperty("fallback").GetProperty("drops")[0].GetProperty("pkts").GetUInt32());
    }

    [Fact]
    public async Task Tells_of_one_pod_only()
    {
        await using LiveRig rig = await LiveRig.StartAsync();

        var (_, output, _) = await rig.RunAsync("status", "-o", "json", "--rules", "--punts", "--pod", "default/db");

        using JsonDocument json = JsonDocument.Parse(output);
        JsonElement root = json.RootElement;
        JsonElement[] rules = [.. root.GetProperty("rules").EnumerateArray()];
        JsonElement pod = Assert.Single(root.GetProperty("pods").EnumerateArray());
        Assert.Equal("db", pod.GetProperty("name").GetString());
        Assert.NotEmpty(rules);
        Assert.All(rules, rule => Assert.True(
            rule.GetProperty("pod").GetString() == "default/db" ||
            rule.GetProperty("matches").GetString()!.Contains("10.244.1.10", StringComparison.Ordinal)));
        Assert.Equal(pod.GetProperty("punts").GetInt32(), root.GetProperty("puntedRegions").GetArrayLength());
    }

    [Theory]
    [InlineData("default/dbx", "--pod: no local pod is called 'default/dbx' (namespace/name)\n")]
    [InlineData("db", "did you mean default/db?")]
    public async Task Refuses_a_pod_that_is_not_there(string pod, string reason)
    {
        await using LiveRig rig = await LiveRig.StartAsync();

        var (status, _, error) = await rig.RunAsync("status", "--pod", pod);

        Assert.Equal(2, status);
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("default/frontend", "default/db", "6379", 0, "PUNT", "pass")]
    [InlineData("unrelated/scanner", "default/db", "6379", 1, "DROP", "drop")]
    [InlineData("203.0.113.7", "default/db", "22", 1, "DROP", "drop")]
    public async Task Explains_a_packet_by_policy_nic_and_fallback(
        string from, string to, string port, int status, string nic, string fallback)
    {
        await using LiveRig rig = await LiveRig.StartAsync();

        var (answered, output, _) = await rig.RunAsync("explain", "--live", from, to, port, "-o", "json");

        Assert.Equal(status, answered);
        using JsonDocument json = JsonDocument.Parse(output);
        JsonElement enters = json.RootElement.GetProperty("nic").EnumerateArray().Single(at => at.GetProperty("entersHere").GetBoolean());
        Assert.Equal(from == "203.0.113.7" ? "uplink" : "pod", enters.GetProperty("role").GetString());
        Assert.Equal(nic, enters.GetProperty("verdict").GetString());
        Assert.Equal(nic, enters.GetProperty("rule").GetProperty("verdict").GetString());
        Assert.NotEqual(0u, enters.GetProperty("rule").GetProperty("hits").GetUInt64());
        Assert.Equal(fallback, json.RootElement.GetProperty("fallback").GetProperty("decision").GetString());
        Assert.Equal(0, json.RootElement.GetProperty("differences").GetArrayLength());
    }

    [Fact]
    public async Task Says_where_a_nic_does_otherwise_than_planned()
    {
        await using LiveRig rig = await LiveRig.StartAsync(refuses: rule => rule.Verdict == RuleVerdict.Drop);

        var (_, explained, _) = await rig.RunAsync("explain", "--live", "unrelated/scanner", "default/db", "6379", "-o", "json");
        var (status, output, _) = await rig.RunAsync("status");

        using JsonDocument json = JsonDocument.Parse(explained);
        Assert.Equal(
            "EthPort 1: planned is DROP, the NIC does PUNT: its driver refuses the rule (TableFull, errno 28: no room)",
            Assert.Single(json.RootElement.GetProperty("differences").EnumerateArray()).GetString());
        Assert.Equal(0, status);
        Assert.Contains("refused EthPort 1 refuses", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("default/nobody", "tcp/80", "--from: 'default/nobody' is neither an address nor a pod (namespace/pod) that the agent knows")]
    [InlineData("default/frontend", "tcp", "--port: TCP, UDP and SCTP need one")]
    [InlineData("default/frontend", "foo/80", "'FOO' is not TCP, UDP, SCTP, ICMP or a number")]
    public async Task Refuses_questions_like_explain_by_manifests(string from, string what, string reason)
    {
        await using LiveRig rig = await LiveRig.StartAsync();

        var (status, _, error) = await rig.RunAsync("explain", "--live", from, "default/db", what);

        Assert.Equal(2, status);
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    private static Func<JsonElement, bool> Has(string verdict) => rule => rule.GetProperty("verdict").GetString() == verdict;
}
