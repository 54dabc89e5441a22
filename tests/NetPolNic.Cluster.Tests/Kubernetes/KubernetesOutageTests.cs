using NetPolNic.Cluster.Sources;
using NetPolNic.Cluster.Tests.Support;
using NetPolNic.TestApiServer;
using static NetPolNic.Cluster.Tests.Support.ClusterObjects;

namespace NetPolNic.Cluster.Tests.Kubernetes;

/// <summary>What goes wrong between an agent and its API server.</summary>
public sealed class KubernetesOutageTests
{
    [Theory]
    [InlineData(WatchEnd.Complete)]
    [InlineData(WatchEnd.Reset)]
    [InlineData(WatchEnd.HalfFrame)]
    [InlineData(WatchEnd.HalfFrameReset)]
    [InlineData(WatchEnd.Error)]
    [InlineData(WatchEnd.Garbage)]
    public async Task A_watch_that_ends_goes_on_where_it_stood(WatchEnd end)
    {
        await using FollowedCluster cluster = await FollowedCluster.StartAsync(
            prepare: server => server.Put(ResourceKind.Pods, PodJson("a")));
        string seen = cluster.Server.Put(ResourceKind.Pods, PodJson("b"));
        await cluster.UntilEqualAsync();

        cluster.Server.EndWatches(ResourceKind.Pods, end);
        cluster.Server.Put(ResourceKind.Pods, PodJson("c"));
        cluster.Server.Remove(ResourceKind.Pods, "x/a");
        await cluster.UntilEqualAsync();
        await cluster.Server.WaitForWatchAsync(ResourceKind.Pods, 2);
        await cluster.UntilAsync(() => cluster.PodHealth.Phase == ReflectorPhase.Watching);

        Assert.Equal(1, cluster.PodHealth.Lists);
        Assert.Null(cluster.PodHealth.LastError);
        string[] from = [.. cluster.Server.Requests
            .Where(request => request is { Verb: "watch", Plural: "pods" })
            .Select(request => request.Query["resourceVersion"])];
        Assert.True(string.CompareOrdinal(from[1], seen) >= 0, $"{from[1]} after {seen}");
    }

    [Fact]
    public async Task What_can_never_be_read_leads_to_a_new_list()
    {
        await using FollowedCluster cluster = await FollowedCluster.StartAsync();

        // Each watch brings the same frame that is none.
        int ended = 0;
        while (cluster.PodHealth.Lists < 2)
        {
            await cluster.UntilAsync(() => cluster.Server.StartedWatches(ResourceKind.Pods) > ended || cluster.PodHealth.Lists > 1);
            ended = cluster.Server.StartedWatches(ResourceKind.Pods);
            cluster.Server.EndWatches(ResourceKind.Pods, WatchEnd.Garbage);
            Assert.True(ended < 10);
        }

        Assert.True(cluster.PodHealth.Failures >= 2);
    }

    [Fact]
    public async Task A_bookmark_moves_the_place_where_a_watch_goes_on()
    {
        await using FollowedCluster cluster = await FollowedCluster.StartAsync();
        cluster.Server.Skip();
        cluster.Server.SendBookmark(ResourceKind.Pods);
        string bookmark = cluster.Server.CurrentVersion;
        await cluster.UntilAsync(() => cluster.PodHealth.ResourceVersion == bookmark);

        cluster.Server.Compact(ResourceKind.Namespaces);
        cluster.Server.EndWatches(ResourceKind.Pods, WatchEnd.Reset);
        await cluster.Server.WaitForWatchAsync(ResourceKind.Pods, 2);

        RequestRecord last = cluster.Server.Requests.Last(request => request is { Verb: "watch", Plural: "pods" });
        Assert.Equal(bookmark, last.Query["resourceVersion"]);
        Assert.Equal("true", last.Query["allowWatchBookmarks"]);
        Assert.InRange(int.Parse(last.Query["timeoutSeconds"], System.Globalization.CultureInfo.InvariantCulture), 300, 600);
        Assert.Equal(0, cluster.PodHealth.Events);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_compacted_version_leads_to_a_new_list_of_which_only_the_difference_is_told(bool asStatus)
    {
        await using FollowedCluster cluster = await FollowedCluster.StartAsync(prepare: server =>
        {
            for (int i = 0; i < 8; i++)
            {
                server.Put(ResourceKind.Pods, PodJson($"p{i}", uid: $"u{i}"));
            }
        });
        cluster.Server.IsGoneAsStatus = asStatus;
        cluster.Server.Fail(ResourceKind.Pods, "watch", Fault.Reset, int.MaxValue);
        cluster.Server.EndWatches(ResourceKind.Pods, WatchEnd.Reset);
        await cluster.UntilAsync(() => cluster.Server.ActiveWatches(ResourceKind.Pods) == 0);
        cluster.Server.Remove(ResourceKind.Pods, "x/p1");
        cluster.Server.Put(ResourceKind.Pods, PodJson("p2", app: "db", uid: "u2"));
        cluster.Server.Remove(ResourceKind.Pods, "x/p3");
        cluster.Server.Put(ResourceKind.Pods, PodJson("p3", uid: "again"));
        cluster.Server.Put(ResourceKind.Pods, PodJson("p4", uid: "u4", note: "heartbeat"));
        cluster.Server.Compact(ResourceKind.Pods);
        int batches = cluster.Batches.Count;

        cluster.Server.ClearFaults();
        await cluster.UntilEqualAsync();

        Assert.Equal(2, cluster.PodHealth.Lists);
        ClusterBatch batch = Assert.Single(cluster.Batches[batches..]);
        Assert.Equal(["again", "u1", "u2", "u3"], batch.Changes.Pods.Keys.Order());
    }

    [Fact]
    public async Task A_running_watch_may_end_with_gone()
    {
        await using FollowedCluster cluster = await FollowedCluster.StartAsync(
            prepare: server => server.Put(ResourceKind.Pods, PodJson("a")));

        cluster.Server.EndWatches(ResourceKind.Pods, WatchEnd.Gone);
        cluster.Server.Put(ResourceKind.Pods, PodJson("b"));
        await cluster.UntilEqualAsync();
        await cluster.UntilAsync(() => cluster.PodHealth.Lists == 2);
    }

    [Fact]
    public async Task A_version_from_the_future_leads_to_a_new_list()
    {
        await using FollowedCluster cluster = await FollowedCluster.StartAsync();
        cluster.Server.Fail(
            ResourceKind.Pods, "watch", new Fault(504, "Timeout", "Too large resource version: 9, current: 1"), 1);
        cluster.Server.EndWatches(ResourceKind.Pods, WatchEnd.Reset);

        await cluster.UntilAsync(() => cluster.PodHealth is { Lists: 2, Phase: ReflectorPhase.Watching });
    }

    [Fact]
    public async Task A_continue_token_that_expires_leads_to_a_list_in_one_piece()
    {
        bool isCompacted = false;
        await using FollowedCluster cluster = await FollowedCluster.StartAsync(prepare: server =>
        {
            for (int i = 0; i < 9; i++)
            {
                server.Put(ResourceKind.Pods, PodJson($"p{i}"));
            }

            server.BeforeRequest = request =>
            {
                if (!isCompacted && request is { Verb: "list", Plural: "pods" } && request.Query.ContainsKey("continue"))
                {
                    isCompacted = true;
                    server.Remove(ResourceKind.Pods, "x/p0");
                    server.Put(ResourceKind.Pods, PodJson("p1", app: "db"));
                    server.Compact(ResourceKind.Pods);
                }

                return Task.CompletedTask;
            };
        });

        Assert.True(isCompacted);
        Assert.Null(cluster.Difference());
        RequestRecord last = cluster.Server.Requests.Last(request => request is { Verb: "list", Plural: "pods" });
        Assert.False(last.Query.ContainsKey("limit") || last.Query.ContainsKey("continue"));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(700)]
    public async Task A_list_that_is_cut_removes_nothing(int bytes)
    {
        await using FollowedCluster cluster = await FollowedCluster.StartAsync(prepare: server =>
        {
            for (int i = 0; i < 5; i++)
            {
                server.Put(ResourceKind.Pods, PodJson($"p{i}"));
            }
        });
        int batches = cluster.Batches.Count;
        int before = cluster.Server.CountRequests(ResourceKind.Pods, "list");
        cluster.Server.Fail(ResourceKind.Pods, "list", Fault.CutBody(bytes), 3);
        cluster.Server.EndWatches(ResourceKind.Pods, WatchEnd.Gone);

        await cluster.UntilAsync(() => cluster.PodHealth is { Lists: 2, Phase: ReflectorPhase.Watching });

        Assert.True(cluster.Server.CountRequests(ResourceKind.Pods, "list") >= before + 3);
        Assert.Equal(5, cluster.Pods.Count);
        Assert.Equal(batches, cluster.Batches.Count);
    }

    [Fact]
    public async Task A_silent_watch_is_replaced_after_its_bound()
    {
        ManualTime time = new();
        await using FollowedCluster cluster = await FollowedCluster.StartAsync(
            prepare: server => server.Put(ResourceKind.Pods, PodJson("a")),
            time: time,
            options: path => new KubernetesSourceOptions { Kubeconfig = path, WatchSilenceMs = 90_000 });
        cluster.Server.EndWatches(ResourceKind.Pods, WatchEnd.Silent);
        cluster.Server.Put(ResourceKind.Pods, PodJson("b"));

        time.Advance(89_000);
        cluster.Server.SendBookmark(ResourceKind.Namespaces);
        cluster.Server.SendBookmark(ResourceKind.Policies);
        await cluster.UntilAsync(() =>
            cluster.Source.Health[1].LastContact == time.GetUtcNow() && cluster.PolicyHealth.LastContact == time.GetUtcNow());
        Assert.Single(cluster.Pods);
        Assert.Equal(1, cluster.Server.StartedWatches(ResourceKind.Pods));

        time.Advance(1_000);
        await cluster.UntilAsync(() => cluster.PodHealth.Phase == ReflectorPhase.BackingOff);
        Assert.Contains("nothing came from", cluster.PodHealth.LastError, StringComparison.Ordinal);
        Assert.Single(cluster.Pods);
        await cluster.UntilAsync(() => Moved(time, 100) && cluster.Pods.Count == 2);
        await cluster.UntilAsync(() => cluster.PodHealth.Phase == ReflectorPhase.Watching);

        Assert.Equal(2, cluster.Server.StartedWatches(ResourceKind.Pods));
        Assert.Equal(1, cluster.Server.StartedWatches(ResourceKind.Namespaces));
        Assert.Equal(1, cluster.PodHealth.Lists);
    }

    [Theory]
    [InlineData("list")]
    [InlineData("watch")]
    public async Task A_request_without_an_answer_is_given_up(string verb)
    {
        ManualTime time = new();
        await using FollowedCluster cluster = await FollowedCluster.StartAsync(
            prepare: server => server.Fail(ResourceKind.Namespaces, verb, Fault.Hang),
            time: time,
            options: path => new KubernetesSourceOptions
            {
                Kubeconfig = path,
                RequestSilenceMs = 1_000,
                WatchSilenceMs = 1_000_000,
            },
            waitUntilSynced: false);
        await cluster.Server.WaitForRequestsAsync(ResourceKind.Namespaces, verb, 1);

        await cluster.UntilAsync(() => Moved(time, verb == "list" ? 100 : 20_000) && cluster.IsWatchingAll);

        Assert.True(cluster.Server.CountRequests(ResourceKind.Namespaces, verb) >= 2);
    }

    [Fact]
    public async Task An_outage_leaves_the_last_good_state_in_force()
    {
        await using FollowedCluster cluster = await FollowedCluster.StartAsync(prepare: server =>
        {
            server.Put(ResourceKind.Pods, PodJson("a"));
            server.Put(ResourceKind.Policies, PolicyJson("p"));
        });
        int batches = cluster.Batches.Count;
        cluster.Server.Fail(null, "*", Fault.Reset, int.MaxValue);
        foreach (ResourceKind kind in (ResourceKind[])[ResourceKind.Pods, ResourceKind.Namespaces, ResourceKind.Policies])
        {
            cluster.Server.EndWatches(kind, WatchEnd.Reset);
        }

        await cluster.UntilAsync(() => cluster.Source.Health.All(health => health.Failures > 5));
        Assert.Equal(batches, cluster.Batches.Count);
        Assert.True(cluster.Feed.IsSynced);
        Assert.Equal(1, cluster.PodHealth.Objects);
        Assert.NotNull(cluster.PodHealth.LastError);

        // The server comes back from a backup with another history.
        cluster.Server.Remove(ResourceKind.Pods, "x/a");
        cluster.Server.Put(ResourceKind.Pods, PodJson("b"));
        cluster.Server.Compact(ResourceKind.Pods);
        cluster.Server.ClearFaults();
        await cluster.UntilEqualAsync();
        await cluster.UntilAsync(() => cluster.IsWatchingAll);
        Assert.All(cluster.Source.Health, health => Assert.Null(health.LastError));
    }

    [Fact]
    public async Task Refused_credentials_are_read_again()
    {
        await using FollowedCluster cluster = await FollowedCluster.StartAsync();
        k8s.IKubernetes old = cluster.Source.Client;
        cluster.Server.RequiredToken = "second";
        cluster.Server.EndWatches(ResourceKind.Pods, WatchEnd.Reset);
        await cluster.UntilAsync(() => cluster.PodHealth.LastError?.Contains("credentials", StringComparison.Ordinal) == true);

        cluster.WriteToken("second");
        cluster.Server.Put(ResourceKind.Pods, PodJson("a"));
        await cluster.UntilEqualAsync();

        Assert.Equal("second", cluster.Server.Requests[^1].Token);
        Assert.NotSame(old, cluster.Source.Client);
        Assert.Equal(ReflectorPhase.Watching, cluster.Source.Health[1].Phase);
        Assert.Equal(1, cluster.PodHealth.Lists);
    }

    [Fact]
    public async Task A_kubeconfig_that_broke_meanwhile_is_said_and_survived()
    {
        await using FollowedCluster cluster = await FollowedCluster.StartAsync();
        cluster.Server.RequiredToken = "good";
        cluster.WriteToken("good");
        string good = cluster.Server.Kubeconfig("good");
        await File.WriteAllTextAsync(cluster.KubeconfigPath, "}{");
        cluster.Server.EndWatches(ResourceKind.Pods, WatchEnd.Reset);
        await cluster.UntilAsync(() => cluster.PodHealth.LastError?.Contains("cannot be read again", StringComparison.Ordinal) == true);

        await File.WriteAllTextAsync(cluster.KubeconfigPath, good);
        await cluster.UntilAsync(() => cluster.PodHealth.Phase == ReflectorPhase.Watching);
    }

    [Theory]
    [InlineData("list")]
    [InlineData("watch")]
    public async Task A_missing_right_is_named(string verb)
    {
        await using FollowedCluster cluster = await FollowedCluster.StartAsync(
            prepare: server => server.Fail(ResourceKind.Policies, verb, Fault.Forbidden, int.MaxValue), waitUntilSynced: false);

        string wanted = $"may not {verb} networkpolicies.networking.k8s.io: User \"system:serviceaccount:n:a\" cannot do that";
        await cluster.UntilAsync(() => cluster.PolicyHealth.LastError?.Contains(wanted, StringComparison.Ordinal) == true);

        Assert.Contains(
            cluster.Log.Of(Microsoft.Extensions.Logging.LogLevel.Warning), line => line.Contains(wanted, StringComparison.Ordinal));
        cluster.Server.ClearFaults();
        await cluster.UntilAsync(() => cluster.IsWatchingAll);
        Assert.Null(cluster.PolicyHealth.LastError);
    }

    [Fact]
    public async Task Retry_after_is_honoured()
    {
        ManualTime time = new();
        await using FollowedCluster cluster = await FollowedCluster.StartAsync(
            prepare: server => server.Fail(ResourceKind.Pods, "list", Fault.TooMany(7)),
            time: time,
            waitUntilSynced: false);
        await cluster.UntilAsync(() => cluster.PodHealth.Phase == ReflectorPhase.BackingOff && time.ActiveTimers > 0);
        await cluster.UntilAsync(() => cluster.Source.Health[1].Phase == ReflectorPhase.Watching &&
            cluster.PolicyHealth.Phase == ReflectorPhase.Watching);

        time.Advance(6_900);
        await cluster.UntilAsync(() => cluster.PodHealth.Phase == ReflectorPhase.BackingOff);
        Assert.Equal(1, cluster.Server.CountRequests(ResourceKind.Pods, "list"));

        await cluster.UntilAsync(() => Moved(time, 100) && cluster.IsWatchingAll);
    }

    [Fact]
    public async Task A_server_that_ends_every_watch_at_once_is_not_asked_without_a_pause()
    {
        ManualTime time = new();
        await using FollowedCluster cluster = await FollowedCluster.StartAsync(time: time);

        cluster.Server.EndWatches(ResourceKind.Pods, WatchEnd.Complete);
        await cluster.UntilAsync(() => cluster.PodHealth.Phase == ReflectorPhase.BackingOff);

        Assert.Contains("ended it at once", cluster.PodHealth.LastError, StringComparison.Ordinal);
        Assert.Equal(1, cluster.Server.StartedWatches(ResourceKind.Pods));
    }

    [Fact]
    public async Task A_kind_that_moves_to_another_version_is_found_again()
    {
        await using FollowedCluster cluster = await FollowedCluster.StartAsync(
            prepare: server => server.Put(ResourceKind.Policies, PolicyJson("a")));
        cluster.Server.Fail(ResourceKind.Policies, "watch", new Fault(404, "NotFound", "gone"));
        cluster.Server.EndWatches(ResourceKind.Policies, WatchEnd.Complete);

        await cluster.UntilAsync(() => cluster.PolicyHealth is { Lists: 2, Phase: ReflectorPhase.Watching });
        Assert.Equal(2, cluster.Server.Requests.Count(
            request => request.Path.StartsWith("/apis/networking.k8s.io/v1", StringComparison.Ordinal) && request.Verb == "discover"));
    }

    private static bool Moved(ManualTime time, int milliseconds)
    {
        time.Advance(milliseconds);
        return true;
    }
}
