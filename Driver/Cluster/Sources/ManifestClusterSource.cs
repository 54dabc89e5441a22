using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using NetPolNic.Policy.Model;

namespace NetPolNic.Cluster.Sources;

/// <summary>
/// Follows a folder of manifests, or reads standard input once: each good load is compared with the last and the
/// difference written to the feed. A load that cannot be used is logged and changes nothing (I6).
/// </summary>
public sealed partial class ManifestClusterSource : IClusterSource
{
    private const string Kind = "manifests";

    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private ReflectorHealth _health = new(Kind, ReflectorPhase.Starting, 0, "", 0, 0, 0, null, null);
    private ClusterState _state = ClusterState.Empty;

    /// <summary>Makes a source; nothing is read yet.</summary>
    /// <param name="folderOrDash">A folder or a file, or "-" for standard input.</param>
    /// <param name="time">Clock and timers.</param>
    /// <param name="logger">Receives what is wrong with the manifests.</param>
    public ManifestClusterSource(string folderOrDash, TimeProvider time, ILogger logger)
    {
        ArgumentException.ThrowIfNullOrEmpty(folderOrDash);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(logger);
        _path = folderOrDash;
        _time = time;
        _logger = logger;
    }

    /// <inheritdoc/>
    public string Name => _path == ManifestReader.StandardInput ? "manifests from standard input" : $"manifests in {_path}";

    /// <inheritdoc/>
    public ImmutableArray<ReflectorHealth> Health
    {
        get
        {
            lock (_lock)
            {
                return [_health];
            }
        }
    }

    /// <inheritdoc/>
    public async Task RunAsync(ClusterFeed feed, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(feed);
        SetHealth(health => health with { Phase = ReflectorPhase.Listing });
        using ManifestSource source = new(_path, _time);
        await foreach (ManifestLoad load in source.WatchAsync(cancellation).ConfigureAwait(false))
        {
            Take(load, feed);
        }

        SetHealth(health => health with { Phase = ReflectorPhase.Ended });
    }

    private void Take(ManifestLoad load, ClusterFeed feed)
    {
        foreach (ManifestProblem problem in load.Problems)
        {
            Action<ILogger, string> log = problem.IsWarning ? LogManifestWarning : LogManifestError;
            log(_logger, problem.ToString());
        }

        if (load.State is null)
        {
            LogKeepingLastGood(_logger);
            string? error = load.Problems.FirstOrDefault(problem => !problem.IsWarning)?.ToString();
            SetHealth(health => health with
            {
                Failures = health.Failures + 1,
                LastContact = _time.GetUtcNow(),
                LastError = error ?? "the manifests cannot be used",
            });
            return;
        }

        StateDifference difference = StateDifference.Between(_state, load.State);
        if (difference.Count > 0)
        {
            feed.Write(difference.WriteTo, difference.Count);
        }

        _state = load.State;
        int objects = _state.Namespaces.Length + _state.Pods.Length + _state.Policies.Length;
        SetHealth(health => health with
        {
            Phase = ReflectorPhase.Watching,
            Objects = objects,
            Events = health.Events + difference.Count,
            Lists = health.Lists + 1,
            LastContact = _time.GetUtcNow(),
            LastError = null,
        });
        feed.MarkSynced();
    }

    private void SetHealth(Func<ReflectorHealth, ReflectorHealth> change)
    {
        lock (_lock)
        {
            _health = change(_health);
        }
    }
}
