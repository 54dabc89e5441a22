using System.Globalization;
using System.Text.Json;
using NetPolNic.Agent.Control;
using NetPolNic.Agent.Control.V1;
using NetPolNic.EndToEnd.Tests.Rig;
using NetPolNic.Policy.Model;
using NetPolNic.TestSupport;

namespace NetPolNic.EndToEnd.Tests;

/// <summary><c>netpolnic run</c> as a process, on ports that take rules by templates and a flow queue.</summary>
public sealed class AsyncPortProcessTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly TempFolder _folder = new();
    private readonly HttpClient _client = new();

    private string Socket => Path.Combine(_folder.Path, "npn.sock");

    [Theory]
    [InlineData("async=yes", "")]
    [InlineData("async=only", "")]
    [InlineData("async=only,async_size=4", ",quirk=pull_lag+queue_room:3:ENOSPC")]
    public async Task Follows_its_folder_by_templates_and_a_queue(string async, string quirk)
    {
        Write("TCP/80");
        using AgentProcess agent = Start(async + quirk);
        Uri health = await HealthOfAsync(agent);
        Assert.Contains(" 0 refused by the NIC", await agent.WaitForAsync("Policy 1 in force"), StringComparison.Ordinal);
        Assert.Contains("net_emunic, rules async", agent.Log, StringComparison.Ordinal);
        int first = await AssertHoldsPlanAsync(health, 1);

        Write("TCP/80", "TCP/8080", "UDP/53");
        Assert.Contains(" 0 refused by the NIC", await agent.WaitForAsync("Policy 2 in force"), StringComparison.Ordinal);
        Assert.NotEqual(first, await AssertHoldsPlanAsync(health, 2));

        Write("TCP/80");
        await agent.WaitForAsync("Policy 3 in force");
        Assert.Equal(first, await AssertHoldsPlanAsync(health, 3));

        _folder.Write("cluster/cluster.yaml", ClusterYaml.Write(new ClusterBuilder().Space("x").Pod("x/web", 1, "app=web").Build()));
        await agent.WaitForAsync("Policy 4 in force");
        Assert.True(await AssertHoldsPlanAsync(health, 4) < first);
        await AssertStopsAsync(agent);
    }

    /// <summary>Results say no and not why, with half of the rules in: the agent finds out what fits, and plans for that.</summary>
    [Fact]
    public async Task Learns_how_many_rules_fit()
    {
        int all;
        Write("TCP/80");
        using (AgentProcess free = Start("async=only"))
        {
            Uri place = await HealthOfAsync(free);
            await free.WaitForAsync("Policy 1 in force");
            all = await AssertHoldsPlanAsync(place, 1);
            await AssertStopsAsync(free);
        }

        int fits = all - 1;
        using AgentProcess agent = Start(string.Create(CultureInfo.InvariantCulture, $"async=only,quirk=enospc:{fits}"));
        Uri health = await HealthOfAsync(agent);
        await agent.WaitForAsync("Policy 1 in force");
        Assert.InRange(await AssertHoldsPlanAsync(health, 1), 1, fits);
        await AssertStopsAsync(agent);
    }

    public void Dispose()
    {
        _folder.Dispose();
        _client.Dispose();
    }

    /// <summary>Status and metrics say of each port that it holds the plan, rule by rule, and nothing else.</summary>
    private async Task<int> AssertHoldsPlanAsync(Uri health, int generation)
    {
        string metrics = await MetricsOfAsync(health, generation);
        int planned = 0;
        List<JsonElement> ports = await EthPortsAsync();
        Assert.Equal(2, ports.Count);
        foreach (JsonElement port in ports)
        {
            planned = port.GetProperty("planned").GetInt32();
            Assert.Equal("async", port.GetProperty("flowApi").GetString());
            Assert.Equal(
                (planned, 0, 0, 0, false),
                (port.GetProperty("rules").GetInt32(), port.GetProperty("missing").GetInt32(),
                    port.GetProperty("refused").GetInt32(), port.GetProperty("stuck").GetInt32(),
                    port.GetProperty("tableFull").GetBoolean()));
            string device = $"device=\"{port.GetProperty("device").GetString()}\"";
            Assert.Equal(planned, Sum(metrics, "netpolnic_nic_rules", device));
            Assert.Equal(0, Sum(metrics, "netpolnic_nic_rules_refused", device));
            Assert.Equal(port.GetProperty("drops").GetInt32(), Sum(metrics, "netpolnic_nic_rules", device, "verdict=\"drop\""));
        }

        return planned;
    }

    // The log is ahead of what the agent shows, and that of the metrics, which count rules every few seconds.
    private async Task<string> MetricsOfAsync(Uri health, int generation)
    {
        using ControlClient client = new(Socket);
        using CancellationTokenSource patience = new(s_patience);
        WatchStatusRequest request = new() { Status = new StatusRequest(), IntervalMs = 250 };
        string metrics = "";
        await foreach (StatusReply status in client.WatchAsync(request, patience.Token))
        {
            metrics = await _client.GetStringAsync(new Uri(health, "metrics"), patience.Token);
            if (status.Policy is { InForce: true } policy && policy.Generation == generation &&
                Sum(metrics, "netpolnic_policy_generation") == generation &&
                Sum(metrics, "netpolnic_nic_rules") == status.EthPorts.Sum(port => port.Planned))
            {
                return metrics;
            }
        }

        throw new InvalidOperationException($"the agent has ended, and said last:\n{metrics}");
    }

    private async Task<List<JsonElement>> EthPortsAsync()
    {
        (int status, string output, string error) = await Netpolnic.RunAsync("status", "-o", "json", "--socket", Socket);
        Assert.Equal((0, ""), (status, error));
        using JsonDocument json = JsonDocument.Parse(output);
        return [.. json.RootElement.GetProperty("ethPorts").EnumerateArray().Select(port => port.Clone())];
    }

    private static int Sum(string metrics, string name, params string[] labels) => metrics.Split('\n')
        .Where(line => line.Split('{', ' ')[0] == name && labels.All(label => line.Contains(label, StringComparison.Ordinal)))
        .Sum(line => (int)double.Parse(
            line[(line.LastIndexOf('}') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture));

    private static async Task<Uri> HealthOfAsync(AgentProcess agent)
    {
        string line = await agent.WaitForAsync("Health and metrics at ");
        return new Uri(line[line.IndexOf("http://", StringComparison.Ordinal)..].Trim());
    }

    private async Task AssertStopsAsync(AgentProcess agent)
    {
        Assert.Equal(0, await agent.SignalAsync("TERM"));
        Assert.Contains("nothing passes any more", agent.Log, StringComparison.Ordinal);
        Assert.False(File.Exists(Socket));
    }

    private AgentProcess Start(string device) => AgentProcess.Start(
        "run", "--manifests", Path.Combine(_folder.Path, "cluster"), "--memory", "256", "--connections", "1024", "--nic", "mlx5",
        "--uplink", $"net_emunic0,profile=mlx5,{device}", "--reflect-port", $"net_emunic1,profile=mlx5,{device}",
        "--metrics-listen", "127.0.0.1:0", "--control-socket", Socket);

    private void Write(params string[] ports)
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "cluster"));
        ClusterState state = new ClusterBuilder().Space("x").Pod("x/web", 1, "app=web").Pod("x/db", 2, "app=db")
            .Ingress("x/p", "app=db", ClusterBuilder.Rule([ClusterBuilder.Pods("app=web")], ports)).Build();
        _folder.Write("cluster/cluster.yaml", ClusterYaml.Write(state));
    }
}
