using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NetPolNic.Agent.Hosting;
using NetPolNic.Offload.Capabilities;

namespace NetPolNic.Benches.ControlPlane;

/// <summary>
/// Measures a whole agent, from the API server's frames to rules in the emulated NIC and a policy in force in the fallback:
/// start, single events, a burst, and a lasting load. The API server runs in a process of its own.
/// </summary>
internal sealed class ControlPlaneCommand(BenchCluster cluster, ControlPlaneOptions options)
{
    public const string Name = "control-plane";

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    public static async Task<int> RunAsync(ControlPlaneOptions options)
    {
        await new ControlPlaneCommand(BenchCluster.Of(options), options).RunAsync().ConfigureAwait(false);
        return 0;
    }

    private async Task RunAsync()
    {
        using ServerProcess server = await ServerProcess.StartAsync(options).ConfigureAwait(false);
        string kubeconfig = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(kubeconfig, server.Kubeconfig()).ConfigureAwait(false);
            await RunAgentAsync(server, kubeconfig).ConfigureAwait(false);
        }
        finally
        {
            File.Delete(kubeconfig);
        }
    }

    private async Task RunAgentAsync(ServerProcess server, string kubeconfig)
    {
        AgentOptions agent = new()
        {
            Kubeconfig = kubeconfig,
            Node = BenchCluster.LocalNode,
            Nic = options.Nic,
            Uplink = "net_null0,no-rx=1",
            Emulate = true,
            Lcore = (Environment.ProcessorCount - 1).ToString(CultureInfo.InvariantCulture),
            MetricsListen = "none",
            ControlSocket = "",
            LogLevel = LogLevel.Warning,
            MemoryMiB = 256,
        };
        agent.PodPorts.Add("net_null1,no-rx=1");
        NicCapabilities nic = NicProfiles.Load(options.Nic);
        long memoryBefore = GC.GetTotalMemory(forceFullCollection: true);
        using DataPlane dataPlane = new(agent, nic);
        using ApplyProbe probe = new();
        using IHost host = AgentHost.Create(agent, nic, dataPlane);
        ApplyLoop loop = host.Services.GetRequiredService<ApplyLoop>();
        long start = Stopwatch.GetTimestamp();
        await host.StartAsync().ConfigureAwait(false);
        await WaitAsync(() => loop.View is { Generation: > 0, IsInForce: true, Pending: 0 }).ConfigureAwait(false);
        TimeSpan ready = Stopwatch.GetElapsedTime(start);
        Report("start until ready", string.Create(CultureInfo.InvariantCulture, $"{ready.TotalSeconds:f2} s"));
        long memory = GC.GetTotalMemory(forceFullCollection: true) - memoryBefore;
        Report("managed memory held", string.Create(CultureInfo.InvariantCulture, $"{memory / 1e6:f0} MB"));
        Report("peak resident memory", string.Create(
            CultureInfo.InvariantCulture, $"{Process.GetCurrentProcess().PeakWorkingSet64 / 1e6:f0} MB"));
        AgentView view = loop.View;
        Report("local pods, NIC rules", string.Create(
            CultureInfo.InvariantCulture, $"{view.Snapshot.Endpoints.Length}, {dataPlane.Plan.Rules.Length}"));

        await SingleEventsAsync(server, loop, probe).ConfigureAwait(false);
        for (int round = 0; round < options.Bursts; round++)
        {
            await BurstAsync(server, loop, probe).ConfigureAwait(false);
        }

        if (options.LoadSeconds > 0)
        {
            await LoadAsync(server, loop, probe).ConfigureAwait(false);
        }

        await host.StopAsync().ConfigureAwait(false);
    }

    /// <summary>One event at a time; those that no local pod depends on change nothing and are counted apart.</summary>
    private async Task SingleEventsAsync(ServerProcess server, ApplyLoop loop, ApplyProbe probe)
    {
        CollectionWatch collections = new();
        for (int round = 0; round < 2; round++)
        {
            // The first round warms code and caches up.
            probe.Clear();
            collections.Restart();
            for (int i = 0; i < options.Events; i++)
            {
                long taken = probe.EventCount;
                int pod = (int)((i + 1) * 7907L % cluster.PodCount);
                await server.CommandAsync(string.Create(CultureInfo.InvariantCulture, $"flip {pod}")).ConfigureAwait(false);
                await WaitAsync(() => probe.EventCount > taken).ConfigureAwait(false);
                await WaitAsync(() => loop.View.Pending == 0).ConfigureAwait(false);
            }
        }

        double[] samples = [.. probe.InForceSeconds.Order()];
        Report(
            "event to rule in force",
            string.Create(
                CultureInfo.InvariantCulture,
                $"median {At(samples, 0.5) * 1e3:f3} ms, p90 {At(samples, 0.9) * 1e3:f3} ms, p99 {At(samples, 0.99) * 1e3:f3} ms, max {samples.LastOrDefault() * 1e3:f3} ms ({samples.Length} of {options.Events} events changed a rule)"));
        Report("collections meanwhile", collections.ToString());
    }

    private static async Task BurstAsync(ServerProcess server, ApplyLoop loop, ApplyProbe probe)
    {
        const int Count = 1000;
        probe.Clear();
        await server.CommandAsync(string.Create(CultureInfo.InvariantCulture, $"burst {Count}")).ConfigureAwait(false);
        await WaitAsync(() => probe.EventCount >= Count && loop.View.Pending == 0).ConfigureAwait(false);
        Report("burst of 1000 events drained", string.Create(
            CultureInfo.InvariantCulture, $"{probe.DrainSeconds * 1e3:f1} ms in {probe.BatchCount} rounds"));
    }

    private async Task LoadAsync(ServerProcess server, ApplyLoop loop, ApplyProbe probe)
    {
        // What the rate command does first, making its objects, is not part of the measurement.
        await server.CommandAsync("rate 1000 1").ConfigureAwait(false);
        await WaitAsync(() => loop.View.Pending == 0).ConfigureAwait(false);
        probe.Clear();
        using Process self = Process.GetCurrentProcess();
        TimeSpan cpu = self.TotalProcessorTime;
        long start = Stopwatch.GetTimestamp();
        int most = 0;
        Task sending = server.CommandAsync(string.Create(CultureInfo.InvariantCulture, $"rate 1000 {options.LoadSeconds}"));
        while (!sending.IsCompleted)
        {
            most = Math.Max(most, loop.View.Pending);
            await Task.WhenAny(sending, Task.Delay(5)).ConfigureAwait(false);
        }

        double sent = Stopwatch.GetElapsedTime(start).TotalSeconds;
        await WaitAsync(() => loop.View.Pending == 0).ConfigureAwait(false);
        self.Refresh();
        double cores = (self.TotalProcessorTime - cpu).TotalSeconds / Stopwatch.GetElapsedTime(start).TotalSeconds;
        double[] samples = [.. probe.InForceSeconds.Order()];
        Report("load", string.Create(
            CultureInfo.InvariantCulture,
            $"{probe.EventCount} events in {sent:f1} s, {cores:f2} cores, at most {most} waiting, event to rule median {At(samples, 0.5) * 1e3:f2} ms, p99 {At(samples, 0.99) * 1e3:f2} ms"));
    }

    private static double At(double[] sorted, double share) =>
        sorted.Length == 0 ? double.NaN : sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * share))];

    private static async Task WaitAsync(Func<bool> condition)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(start) > s_patience)
            {
                throw new TimeoutException("the agent does not get there");
            }

            await Task.Delay(1).ConfigureAwait(false);
        }
    }

    private static void Report(string what, string figure) => Console.WriteLine($"{what,-30} {figure}");
}
