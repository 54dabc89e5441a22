using NetPolNic.Cluster.Sources;
using NetPolNic.Cluster.Tests.Support;

namespace NetPolNic.Cluster.Tests.Kubernetes;

public sealed class ManifestClusterSourceTests
{
    private const string TwoPods =
        """
        {apiVersion: v1, kind: Pod, metadata: {name: a, namespace: x}, status: {podIP: 10.0.0.1}}
        ---
        {apiVersion: v1, kind: Pod, metadata: {name: b, namespace: x}}
        ---
        {apiVersion: v1, kind: Namespace, metadata: {name: x}}
        """;

    [Fact]
    public async Task Only_what_differs_between_good_loads_is_told()
    {
        using TempFolder folder = new();
        folder.Write("a.yaml", TwoPods);
        ManualTime time = new();
        LogRecorder log = new();
        ManifestClusterSource source = new(folder.Path, time, log);
        using ClusterFeed feed = new(time);
        using CancellationTokenSource stop = new();
        Task running = source.RunAsync(feed, stop.Token);
        ClusterBatch first = await TakeAsync(feed, time);
        Assert.Equal(3, first.Changes.Count);

        // Broken: the last good state stays.
        folder.Write("a.yaml", "kind: [");
        await UntilAsync(() => source.Health[0].Failures > 0, time);
        Assert.Null(feed.Take());
        Assert.NotNull(source.Health[0].LastError);
        Assert.Contains("The manifests cannot be used; the last good policy stays in force", log.Lines);

        folder.Write("a.yaml", TwoPods.Replace("name: b", "name: c", StringComparison.Ordinal));
        ClusterBatch second = await TakeAsync(feed, time);

        Assert.Equal(["x/b", "x/c"], second.Changes.Pods.Keys.Order());
        Assert.Null(second.Changes.Pods["x/b"]);
        Assert.Empty(second.Changes.Namespaces);
        Assert.Null(source.Health[0].LastError);
        Assert.Equal(3, source.Health[0].Objects);
        await stop.CancelAsync();
        await running;
        Assert.Equal(ReflectorPhase.Ended, source.Health[0].Phase);
    }

    [Fact]
    public async Task A_folder_that_was_never_good_is_not_synced()
    {
        using TempFolder folder = new();
        folder.Write("a.yaml", "kind: [");
        ManualTime time = new();
        ManifestClusterSource source = new(folder.Path, time, new LogRecorder());
        using ClusterFeed feed = new(time);
        using CancellationTokenSource stop = new();
        Task running = source.RunAsync(feed, stop.Token);

        await UntilAsync(() => source.Health[0].Failures == 1, time);

        Assert.False(feed.IsSynced);
        Assert.Null(feed.Take());
        await stop.CancelAsync();
        await running;
    }

    private static async Task<ClusterBatch> TakeAsync(ClusterFeed feed, ManualTime time)
    {
        ClusterBatch? batch = null;
        await UntilAsync(() => (batch = feed.Take()) is not null, time);
        return batch!;
    }

    private static async Task UntilAsync(Func<bool> condition, ManualTime time)
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(60));
        while (!condition())
        {
            time.Advance(100);
            await Task.Delay(2, patience.Token);
        }
    }
}
