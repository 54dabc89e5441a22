using System.Text.Json;
using NetPolNic.Agent.Control;
using NetPolNic.Agent.Control.V1;
using NetPolNic.Agent.Packets;
using NetPolNic.EndToEnd.Tests.Rig;
using NetPolNic.Policy.Model;
using NetPolNic.TestSupport;

namespace NetPolNic.EndToEnd.Tests;

/// <summary><c>netpolnic status</c> and <c>explain --live</c> ask a running agent whose NIC drops real packets.</summary>
public sealed class StatusProcessTests
{
    [Fact]
    public async Task Tells_of_the_packets_that_the_nic_drops()
    {
        using TempFolder folder = new();
        Directory.CreateDirectory(Path.Combine(folder.Path, "cluster"));
        folder.Write("cluster/cluster.yaml", Cluster());
        string capture = Path.Combine(folder.Path, "denied.pcap");
        PcapFile.Write(
            capture, [ProbePacket.First(IpAddr.Parse("10.0.0.1"), IpAddr.Parse("10.0.0.2"), 6, 22).ToFrame(0x020000000001, 0x020000000002)]);
        string socket = Path.Combine(folder.Path, "npn.sock");
        using AgentProcess agent = AgentProcess.Start(
            "run", "--manifests", Path.Combine(folder.Path, "cluster"), "--emulate", "--memory", "128", "--connections", "1024",
            "--uplink", "net_null0,no-rx=1",
            "--reflect-port", $"net_pcap1,rx_pcap={capture},tx_pcap={Path.Combine(folder.Path, "out.pcap")},infinite_rx=1",
            "--control-socket", socket, "--metrics-listen", "none");
        await agent.WaitForAsync("is answered on");
        await WaitForDropsAsync(socket);

        var (status, output, error) = await Netpolnic.RunAsync("status", "-o", "json", "--socket", socket);
        var (explained, explanation, _) =
            await Netpolnic.RunAsync("explain", "--live", "x/web", "x/db", "tcp/22", "-o", "json", "--socket", socket);

        Assert.Equal("", error);
        Assert.Equal(0, status);
        using JsonDocument json = JsonDocument.Parse(output);
        Assert.Equal("net_emunic", json.RootElement.GetProperty("ethPorts")[0].GetProperty("driver").GetString());
        Assert.Equal("sync", json.RootElement.GetProperty("ethPorts")[0].GetProperty("flowApi").GetString());
        Assert.Equal("running", json.RootElement.GetProperty("fallback").GetProperty("state").GetString());
        Assert.Equal(1, explained);
        using JsonDocument live = JsonDocument.Parse(explanation);
        JsonElement nic = live.RootElement.GetProperty("nic").EnumerateArray().Single(port => port.GetProperty("entersHere").GetBoolean());
        Assert.Equal("DROP", nic.GetProperty("verdict").GetString());
        Assert.NotEqual(0UL, nic.GetProperty("rule").GetProperty("hits").GetUInt64());
        Assert.Equal("drop", live.RootElement.GetProperty("fallback").GetProperty("decision").GetString());
        Assert.Equal(0, live.RootElement.GetProperty("differences").GetArrayLength());

        Assert.Equal(0, await agent.SignalAsync("TERM"));
        Assert.False(File.Exists(socket));
        (status, _, error) = await Netpolnic.RunAsync("status", "--socket", socket);
        Assert.Equal(2, status);
        Assert.Contains("no agent listens there", error, StringComparison.Ordinal);
    }

    private static async Task WaitForDropsAsync(string socket)
    {
        using ControlClient client = new(socket);
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(90));
        WatchStatusRequest request = new() { Status = new StatusRequest { Top = 100 }, IntervalMs = 250 };
        await foreach (StatusReply status in client.WatchAsync(request, patience.Token))
        {
            if (status.Agent.Ready && status.Rules.Any(rule => rule is { Verdict: "DROP", Hits: > 0 }))
            {
                return;
            }
        }
    }

    private static string Cluster()
    {
        ClusterState state = new ClusterBuilder().Space("x").Pod("x/web", 1, "app=web").Pod("x/db", 2, "app=db")
            .Ingress("x/p", "app=db", ClusterBuilder.Rule([ClusterBuilder.Pods("app=web")], "TCP/80")).Build();
        return ClusterYaml.Write(state);
    }
}
