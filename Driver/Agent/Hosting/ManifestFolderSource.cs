using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using NetPolNic.Cluster;
using NetPolNic.Cluster.Sources;
using NetPolNic.Policy.Model;

namespace NetPolNic.Agent.Hosting;

/// <summary>Follows a folder of manifests; what cannot be used leaves the last good state (I6).</summary>
internal sealed partial class ManifestFolderSource(string path, TimeProvider time, ILogger logger) : IClusterSource
{
    private readonly ILogger _logger = logger;
    private ClusterState _last = ClusterState.Empty;

    public string Name => $"manifests in {path}";

    public ImmutableArray<ReflectorHealth> Health => [];

    public async Task RunAsync(ClusterFeed feed, CancellationToken cancellation)
    {
        using ManifestSource source = new(path, time);
        await foreach (ManifestLoad load in source.WatchAsync(cancellation).ConfigureAwait(false))
        {
            Take(load, feed);
        }
    }

    private void Take(ManifestLoad load, ClusterFeed feed)
    {
        foreach (ManifestProblem problem in load.Problems)
        {
            if (problem.IsWarning)
            {
                LogManifestWarning(problem.ToString());
            }
            else
            {
                LogManifestError(problem.ToString());
            }
        }

        if (load.State is not { } state)
        {
            LogKeepingLastGood();
            return;
        }

        ClusterChanges old = ClusterChanges.Of(_last);
        ClusterChanges current = ClusterChanges.Of(state);
        feed.Write(changes =>
        {
            foreach (string name in old.Namespaces.Keys.Where(name => !current.Namespaces.ContainsKey(name)))
            {
                changes.RemoveNamespace(name);
            }

            foreach (string uid in old.Pods.Keys.Where(uid => !current.Pods.ContainsKey(uid)))
            {
                changes.RemovePod(uid);
            }

            foreach ((PolicyApi api, string uid) in old.Policies.Keys.Where(key => !current.Policies.ContainsKey(key)))
            {
                changes.RemovePolicy(api, uid);
            }

            foreach (Namespace ns in state.Namespaces)
            {
                changes.Put(ns);
            }

            foreach (Pod pod in state.Pods)
            {
                changes.Put(pod);
            }

            foreach (NetworkPolicy policy in state.Policies)
            {
                changes.Put(policy);
            }
        });
        _last = state;
        feed.MarkSynced();
    }

    [LoggerMessage(1002, LogLevel.Warning, "{Problem}")]
    private partial void LogManifestWarning(string problem);

    [LoggerMessage(1003, LogLevel.Error, "{Problem}")]
    private partial void LogManifestError(string problem);

    [LoggerMessage(1004, LogLevel.Error, "The manifests cannot be used; the last good policy stays in force")]
    private partial void LogKeepingLastGood();
}
