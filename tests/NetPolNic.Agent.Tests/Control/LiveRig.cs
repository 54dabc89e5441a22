using Microsoft.Extensions.Hosting;
using NetPolNic.Agent.Control;
using NetPolNic.Agent.Control.V1;
using NetPolNic.Agent.Hosting;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning;

namespace NetPolNic.Agent.Tests.Control;

/// <summary>A whole agent on the examples, with a data plane of lists.</summary>
internal sealed class LiveRig : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("npn-live-");
    private readonly TableDataPlane _dataPlane;
    private readonly IHost _host;

    private LiveRig(Func<PlannedRule, bool>? refuses)
    {
        NicCapabilities nic = NicProfiles.Load("mlx5");
        _dataPlane = new TableDataPlane(nic) { Refuses = refuses ?? (_ => false) };
        Socket = Path.Combine(_folder.FullName, "npn.sock");
        AgentOptions options = new()
        {
            Manifests = CommandLine.Example("seed"),
            ControlSocket = Socket,
            MetricsListen = "none",
        };
        _host = AgentHost.Create(options, nic, _dataPlane);
    }

    public string Socket { get; }

    /// <summary>Starts an agent and waits until it answers with a policy in force.</summary>
    public static async Task<LiveRig> StartAsync(Func<PlannedRule, bool>? refuses = null)
    {
        LiveRig rig = new(refuses);
        await rig._host.StartAsync();
        using ControlClient client = new(rig.Socket);
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(60));
        await foreach (StatusReply status in client.WatchAsync(new WatchStatusRequest { IntervalMs = 250 }, patience.Token))
        {
            if (status.Policy.Generation > 0)
            {
                return rig;
            }
        }

        throw new InvalidOperationException("the agent ended");
    }

    public Task<(int Status, string Output, string Error)> RunAsync(string command, params string[] args) =>
        CommandLine.RunAsync([command, .. args, "--socket", Socket]);

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        _dataPlane.Dispose();
        _folder.Delete(recursive: true);
    }
}
