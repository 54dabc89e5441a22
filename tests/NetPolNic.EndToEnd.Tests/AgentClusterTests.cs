using System.Net;
using System.Text.Json.Nodes;
using NetPolNic.EndToEnd.Tests.Rig;
using NetPolNic.TestApiServer;

namespace NetPolNic.EndToEnd.Tests;

/// <summary><c>netpolnic run --kubeconfig</c> as a process, against the test API server.</summary>
public sealed class AgentClusterTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly TempFolder _folder = new();
    private readonly HttpClient _client = new();

    [Fact]
    public async Task Follows_a_cluster_until_SIGTERM()
    {
        await using ApiServer server = await ApiServer.StartAsync();
        server.Put(ResourceKind.Namespaces, """{"metadata": {"name": "x"}}""");
        server.Put(ResourceKind.Pods, Pod("web", "10.0.0.1", "n1"));
        server.Put(ResourceKind.Pods, Pod("far", "10.0.0.9", "n2"));
        using AgentProcess agent = Start(server);
        Uri health = await HealthOfAsync(agent);

        Assert.Contains("Policy 1 in force: 1 local pods", await agent.WaitForAsync("in force"), StringComparison.Ordinal);
        await agent.WaitForAsync("Ready: enforcing for 1 local pods");
        Assert.Equal((HttpStatusCode.OK, "ok\n"), await GetAsync(health, "readyz"));

        server.Put(ResourceKind.Policies, Policy("deny"));
        Assert.Contains("Policy 2 in force", await agent.WaitForAsync("in force"), StringComparison.Ordinal);
        string metrics = (await GetAsync(health, "metrics")).Body;
        Assert.Equal("2", Value(metrics, "netpolnic_policy_generation"));
        Assert.Equal("2", Value(metrics, "netpolnic_cluster_objects", "kind=\"pods\""));
        Assert.Equal("2", Value(metrics, "netpolnic_event_to_in_force_seconds_count"));
        Assert.NotEqual("0", Value(metrics, "netpolnic_nic_rules", "verdict=\"drop\""));

        Assert.Equal(0, await agent.SignalAsync("TERM"));
        Assert.Contains("nothing passes any more", agent.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_outage_at_the_start_keeps_it_closed_and_a_later_one_keeps_the_last_policy()
    {
        await using ApiServer server = await ApiServer.StartAsync();
        server.Put(ResourceKind.Pods, Pod("web", "10.0.0.1", "n1"));
        server.Fail(ResourceKind.Pods, "*", Fault.InternalError, int.MaxValue);
        using AgentProcess agent = Start(server);
        Uri health = await HealthOfAsync(agent);
        await server.WaitForRequestsAsync(ResourceKind.Pods, "list", 2);

        (HttpStatusCode status, string why) = await GetAsync(health, "readyz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("nothing passes", why, StringComparison.Ordinal);
        Assert.Contains("waiting for pods list", why, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(health, "healthz")).Status);
        Assert.Equal("0", Value((await GetAsync(health, "metrics")).Body, "netpolnic_policy_generation"));

        server.ClearFaults();
        await agent.WaitForAsync("Policy 1 in force");
        await agent.WaitForAsync("Ready:");
        await server.WaitForWatchAsync(ResourceKind.Pods);
        await server.WaitForWatchAsync(ResourceKind.Policies);

        server.Fail(null, "*", Fault.InternalError, int.MaxValue);
        server.EndWatches(ResourceKind.Pods, WatchEnd.Reset);
        server.EndWatches(ResourceKind.Policies, WatchEnd.Reset);
        int lists = server.CountRequests(ResourceKind.Policies, "watch");
        await server.WaitForRequestsAsync(ResourceKind.Policies, "watch", lists + 1);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(health, "readyz")).Status);
        Assert.Equal("1", Value((await GetAsync(health, "metrics")).Body, "netpolnic_policy_generation"));

        server.Put(ResourceKind.Policies, Policy("deny"));
        server.ClearFaults();
        await agent.WaitForAsync("Policy 2 in force");
        Assert.Equal(0, await agent.SignalAsync("TERM"));
    }

    [Theory]
    [InlineData("--manifests DIR or --kubeconfig FILE")]
    [InlineData("--node", "--kubeconfig", "CONFIG")]
    [InlineData("there is no file /nowhere", "--kubeconfig", "/nowhere", "--node", "n1")]
    [InlineData("exclude each other", "--kubeconfig", "CONFIG", "--manifests", ".")]
    public async Task Says_what_to_give(string expected, params string[] arguments)
    {
        _folder.Write("config", "{}");
        string config = Path.Combine(_folder.Path, "config");
        using AgentProcess agent = AgentProcess.Start(
        [
            "run", "--uplink", "net_null0", "--reflect-port", "net_null1",
            .. arguments.Select(argument => argument == "CONFIG" ? config : argument),
        ]);

        Assert.Contains(expected, await agent.WaitForAsync("netpolnic: "), StringComparison.Ordinal);
        Assert.Equal(2, await agent.ExitAsync());
    }

    public void Dispose()
    {
        _folder.Dispose();
        _client.Dispose();
    }

    private static string Pod(string name, string address, string node) => new JsonObject
    {
        ["metadata"] = new JsonObject { ["namespace"] = "x", ["name"] = name, ["labels"] = new JsonObject { ["app"] = name } },
        ["spec"] = new JsonObject
        {
            ["nodeName"] = node,
            ["containers"] = new JsonArray(new JsonObject { ["name"] = "c", ["image"] = "registry.example/c:1" }),
        },
        ["status"] = new JsonObject
        {
            ["phase"] = "Running",
            ["podIP"] = address,
            ["podIPs"] = new JsonArray(new JsonObject { ["ip"] = address }),
            ["hostIP"] = "192.168.0.1",
            ["hostIPs"] = new JsonArray(new JsonObject { ["ip"] = "192.168.0.1" }),
        },
    }.ToJsonString();

    private static string Policy(string name) => new JsonObject
    {
        ["metadata"] = new JsonObject { ["namespace"] = "x", ["name"] = name },
        ["spec"] = new JsonObject
        {
            ["podSelector"] = new JsonObject(),
            ["policyTypes"] = new JsonArray("Ingress", "Egress"),
        },
    }.ToJsonString();

    private static string Value(string metrics, string name, string label = "")
    {
        string line = metrics.Split('\n').First(line =>
            line.Split('{', ' ')[0] == name && line.Contains(label, StringComparison.Ordinal));
        return line[(line.LastIndexOf('}') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
    }

    private static async Task<Uri> HealthOfAsync(AgentProcess agent)
    {
        string line = await agent.WaitForAsync("Health and metrics at ");
        return new Uri(line[line.IndexOf("http://", StringComparison.Ordinal)..].Trim());
    }

    private async Task<(HttpStatusCode Status, string Body)> GetAsync(Uri health, string path)
    {
        using CancellationTokenSource patience = new(s_patience);
        using HttpResponseMessage answer = await _client.GetAsync(new Uri(health, path), patience.Token);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(patience.Token));
    }

    private AgentProcess Start(ApiServer server)
    {
        _folder.Write("config", server.Kubeconfig(token: "test"));
        return AgentProcess.Start(
            "run", "--kubeconfig", Path.Combine(_folder.Path, "config"), "--node", "n1", "--emulate", "--memory", "128",
            "--connections", "1024", "--uplink", "net_null0,no-rx=1", "--reflect-port", "net_null1,no-rx=1",
            "--metrics-listen", "127.0.0.1:0", "--control-socket", "");
    }
}
