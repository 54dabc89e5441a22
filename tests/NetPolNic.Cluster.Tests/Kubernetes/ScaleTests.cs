using System.Globalization;
using NetPolNic.Cluster.Sources;
using NetPolNic.Cluster.Tests.Support;

namespace NetPolNic.Cluster.Tests.Kubernetes;

/// <summary>What a large cluster costs in memory; the time is written out, not judged.</summary>
[Collection(nameof(RunsAlone))]
public sealed class ScaleTests(ITestOutputHelper output)
{
    /// <summary>250 MB for 100 000 pods.</summary>
    private const int BytesPerPodMax = 2500;

    private static int PodCount => Environment.GetEnvironmentVariable("NETPOLNIC_TEST_LONG") is null ? 10_000 : 100_000;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task All_pods_of_a_large_cluster_fit_in_their_memory(bool gzip)
    {
        using ServerProcess server = await ServerProcess.StartAsync(PodCount);
        using TempFolder folder = new();
        string path = folder.Write(
            "config",
            $$"""
            {"current-context":"c","clusters":[{"name":"c","cluster":{"server":"{{server.Address}}"} }],
             "users":[{"name":"c","user":{"token":"t"} }],"contexts":[{"name":"c","context":{"cluster":"c","user":"c"} }]}
            """);
        await MeasureAsync(new KubernetesSourceOptions { Kubeconfig = path, AcceptGzip = gzip });
    }

    private async Task MeasureAsync(KubernetesSourceOptions options)
    {
        long before = GC.GetTotalMemory(true);
        long allocatedBefore = GC.GetTotalAllocatedBytes(true);
        TimeSpan cpuBefore = Environment.CpuUsage.TotalTime;
        long start = TimeProvider.System.GetTimestamp();
        using KubernetesSource source = KubernetesSource.Connect(options, TimeProvider.System, new LogRecorder());
        using ClusterFeed feed = new(TimeProvider.System);
        using CancellationTokenSource stop = new();
        Task running = source.RunAsync(feed, stop.Token);
        Assert.True(await feed.WaitAsync(TimeSpan.FromMinutes(5), CancellationToken.None));
        TimeSpan elapsed = TimeProvider.System.GetElapsedTime(start);
        TimeSpan cpu = Environment.CpuUsage.TotalTime - cpuBefore;
        long allocated = GC.GetTotalAllocatedBytes(true) - allocatedBefore;
        ClusterBatch? batch = feed.Take();
        long withBatch = GC.GetTotalMemory(true) - before;
        Assert.Equal(PodCount, batch!.Changes.Pods.Count);
        batch = null;
        long stored = GC.GetTotalMemory(true) - before;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{PodCount} pods, gzip {options.AcceptGzip}: {elapsed.TotalSeconds:0.00} s ({cpu.TotalSeconds:0.00} s of CPU), stored {stored / 1e6:0.0} MB ({stored / PodCount} B per pod), with the first batch {withBatch / 1e6:0.0} MB, allocated {allocated / 1e6:0} MB, working set {Environment.WorkingSet / 1e6:0} MB"));
        await stop.CancelAsync();
        await running;
        Assert.Equal(PodCount, source.Health[0].Objects);
        Assert.True(withBatch / PodCount <= BytesPerPodMax, $"{withBatch} B for {PodCount} pods");
    }
}
