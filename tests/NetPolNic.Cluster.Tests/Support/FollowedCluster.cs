using System.Text.Json;
using k8s;
using k8s.Models;
using NetPolNic.Cluster.Mapping;
using NetPolNic.Cluster.Sources;
using NetPolNic.Policy.Model;
using NetPolNic.TestApiServer;

namespace NetPolNic.Cluster.Tests.Support;

/// <summary>A test API server, a source that follows it, and the state that its feed has told so far.</summary>
internal sealed class FollowedCluster : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly TempFolder _folder = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly string _kubeconfig;
    private Task _running = Task.CompletedTask;

    private FollowedCluster(ApiServer server, TimeProvider time, Func<string, KubernetesSourceOptions>? options)
    {
        Server = server;
        _kubeconfig = _folder.Write("kubeconfig", server.Kubeconfig());
        Feed = new ClusterFeed(time);
        Source = KubernetesSource.Connect((options ?? Quick)(_kubeconfig), time, Log, () => 0.5);
    }

    public ApiServer Server { get; }

    public KubernetesSource Source { get; }

    public ClusterFeed Feed { get; }

    public LogRecorder Log { get; } = new();

    public Dictionary<string, Namespace> Namespaces { get; } = [];

    /// <summary>By UID.</summary>
    public Dictionary<string, Pod> Pods { get; } = [];

    public Dictionary<(PolicyApi, string), NetworkPolicy> Policies { get; } = [];

    /// <summary>All batches so far, the first included.</summary>
    public List<ClusterBatch> Batches { get; } = [];

    public string KubeconfigPath => _kubeconfig;

    public ReflectorHealth PodHealth => Source.Health[0];

    public ReflectorHealth PolicyHealth => Source.Health[2];

    /// <summary>Options without real waits.</summary>
    public static KubernetesSourceOptions Quick(string kubeconfig) => new()
    {
        Kubeconfig = kubeconfig,
        PageSize = 3,
        BackoffMinMs = 1,
        BackoffMaxMs = 8,
        HealthyAfterMs = 0,
    };

    public static async Task<FollowedCluster> StartAsync(
        TestApiServerOptions? server = null,
        Action<ApiServer>? prepare = null,
        TimeProvider? time = null,
        Func<string, KubernetesSourceOptions>? options = null,
        bool waitUntilSynced = true)
    {
        ApiServer started = await ApiServer.StartAsync(server);
        prepare?.Invoke(started);
        FollowedCluster cluster = new(started, time ?? TimeProvider.System, options);
        cluster._running = cluster.Source.RunAsync(cluster.Feed, cluster._stop.Token);
        if (waitUntilSynced)
        {
            await cluster.UntilAsync(() => cluster.IsWatchingAll);
        }

        return cluster;
    }

    public bool IsWatchingAll => Feed.IsSynced && Batches.Count > 0 &&
        Source.Health.All(health => health.Phase == ReflectorPhase.Watching);

    /// <summary>Gives the server's address with another token.</summary>
    public void WriteToken(string token) => File.WriteAllText(_kubeconfig, Server.Kubeconfig(token));

    /// <summary>Takes what is in the feed until something is the case.</summary>
    public async Task UntilAsync(Func<bool> condition, string? what = null)
    {
        long start = TimeProvider.System.GetTimestamp();
        Drain();
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(start) > s_patience)
            {
                string health = string.Join("\n", Source.Health.Select(one => one.ToString()));
                Assert.Fail($"waited in vain {what}: {Difference()}\n{health}\n{string.Join("\n", Log.Lines)}");
            }

            await Feed.WaitAsync(TimeSpan.FromMilliseconds(10), CancellationToken.None);
            Drain();
        }
    }

    /// <summary>Waits until the state is what the server has, mapped by the reading of manifests.</summary>
    public Task UntilEqualAsync() => UntilAsync(() => Difference() is null, $"for equality");

    /// <summary>The first thing that differs from the server, or null.</summary>
    public string? Difference()
    {
        Pod[] pods = [.. Server.Objects(ResourceKind.Pods).Select(
            json => PodMapper.Map(KubernetesJson.Deserialize<V1Pod>(json)))];
        Namespace[] namespaces = [.. Server.Objects(ResourceKind.Namespaces).Select(
            json => NamespaceMapper.Map(KubernetesJson.Deserialize<V1Namespace>(json)))];
        NetworkPolicy[] policies = [.. Server.Objects(ResourceKind.Policies).Select(
            json => NetworkPolicyMapper.Map(KubernetesJson.Deserialize<V1NetworkPolicy>(json), FaultSet.None))];
        return Compare(pods, Pods.Values, pod => pod.Uid, ObjectEquality.Same)
            ?? Compare(namespaces, Namespaces.Values, ns => ns.Name, ObjectEquality.Same)
            ?? Compare(policies, Policies.Values, policy => policy.Uid, ObjectEquality.Same);
    }

    public void Drain()
    {
        while (Feed.Take() is { } batch)
        {
            Batches.Add(batch);
            Apply(batch.Changes.Namespaces, Namespaces);
            Apply(batch.Changes.Pods, Pods);
            Apply(batch.Changes.Policies, Policies);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(s_patience);
        Assert.All(Source.Health, health => Assert.Equal(ReflectorPhase.Ended, health.Phase));
        Assert.DoesNotContain(Log.Lines, line => line.Contains("our defect", StringComparison.Ordinal));
        Source.Dispose();
        await Server.DisposeAsync();
        Feed.Dispose();
        _stop.Dispose();
        _folder.Dispose();
    }

    private static void Apply<TKey, T>(IReadOnlyDictionary<TKey, T?> changes, Dictionary<TKey, T> state)
        where TKey : notnull
        where T : class
    {
        foreach ((TKey key, T? item) in changes)
        {
            if (item is null)
            {
                state.Remove(key);
            }
            else
            {
                state[key] = item;
            }
        }
    }

    private static string? Compare<T>(
        IEnumerable<T> expected, IEnumerable<T> actual, Func<T, string> identify, Func<T, T, bool> isSame)
    {
        Dictionary<string, T> left = expected.ToDictionary(identify);
        Dictionary<string, T> right = actual.ToDictionary(identify);
        foreach ((string key, T item) in left)
        {
            if (!right.TryGetValue(key, out T? other) || !isSame(item, other))
            {
                return $"{typeof(T).Name} {key}: {JsonSerializer.Serialize(item)} expected";
            }
        }

        return right.Keys.FirstOrDefault(key => !left.ContainsKey(key)) is { } extra ? $"{extra} is too much" : null;
    }
}
