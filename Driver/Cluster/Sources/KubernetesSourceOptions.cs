namespace NetPolNic.Cluster.Sources;

/// <summary>How <see cref="KubernetesSource"/> reaches its API server and follows it.</summary>
public sealed class KubernetesSourceOptions
{
    /// <summary>Path of a kubeconfig; null uses the configuration of the pod that this process runs in.</summary>
    public string? Kubeconfig { get; init; }

    /// <summary>Context in the kubeconfig; null is its current one.</summary>
    public string? Context { get; init; }

    /// <summary>Objects per page of a list.</summary>
    public int PageSize { get; init; } = 500;

    /// <summary>
    /// How long the server should keep a watch, in seconds. Each watch asks for a random time between this and twice this,
    /// so that the watches of a cluster's nodes do not all end together.
    /// </summary>
    public int WatchTimeoutSeconds { get; init; } = 300;

    /// <summary>
    /// How long a watch may say nothing before it counts as dead, in milliseconds. The server sends a bookmark about every
    /// minute, so that a quiet watch is heard of too.
    /// </summary>
    public int WatchSilenceMs { get; init; } = 150_000;

    /// <summary>How long any other request may bring nothing before it is given up, in milliseconds.</summary>
    public int RequestSilenceMs { get; init; } = 60_000;

    /// <summary>First wait after a failure, in milliseconds; it doubles with each further one.</summary>
    public int BackoffMinMs { get; init; } = 200;

    /// <summary>Longest wait after a failure, in milliseconds.</summary>
    public int BackoffMaxMs { get; init; } = 30_000;

    /// <summary>How long a watch must have worked for the wait to start again from its minimum, in milliseconds.</summary>
    public int HealthyAfterMs { get; init; } = 10_000;

    /// <summary>Whether lists may come compressed: less network, more work on both ends.</summary>
    public bool AcceptGzip { get; init; } = true;

    /// <summary>Everything that is wrong with the values; empty when they can be used.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> problems = [];
        Check(PageSize is > 0 and <= 100_000, "the page size must be between 1 and 100000");
        Check(WatchTimeoutSeconds is > 0 and <= 86_400, "the watch timeout must be between 1 and 86400 s");
        Check(WatchSilenceMs > 0, "the watch silence bound must be positive");
        Check(RequestSilenceMs > 0, "the request silence bound must be positive");
        Check(BackoffMinMs > 0, "the shortest back-off must be positive");
        Check(BackoffMaxMs >= BackoffMinMs, "the longest back-off must not be shorter than the shortest");
        Check(HealthyAfterMs >= 0, "the healthy period must not be negative");
        Check(Kubeconfig is not null || Context is null, "a context needs a kubeconfig");
        return problems;

        void Check(bool isGood, string problem)
        {
            if (!isGood)
            {
                problems.Add(problem);
            }
        }
    }
}
