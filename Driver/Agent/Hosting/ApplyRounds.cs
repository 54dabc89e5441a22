using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using NetPolNic.Agent.Observability;
using NetPolNic.Cluster.Sources;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Agent.Hosting;

/// <summary>
/// What the apply loop does, round by round: take in what has changed, resolve, put in force what differs; try again what
/// failed. Whatever fails leaves the last state in force (I5). Apply loop's thread, but for <see cref="View"/>.
/// </summary>
internal sealed partial class ApplyRounds
{
    /// <summary>Longest time that events are collected where they come faster than they can be applied.</summary>
    private static readonly TimeSpan s_longestHoldOff = TimeSpan.FromMilliseconds(10);

    private readonly ClusterFeed _feed;
    private readonly IDataPlane _dataPlane;
    private readonly Func<ISnapshotResolver> _newResolver;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ApplyLog _log;
    private readonly ApplyMetrics _metrics;
    private readonly List<ClusterChanges> _owed = [];
    private readonly RetryBackoff _failureBackoff;
    private readonly RetryBackoff _refusalBackoff;
    private PolicySnapshot? _resolved;
    private long _generationOffset;
    private long? _oldestEvent;
    private readonly TimeSpan _rechooseInterval;
    private long? _retryAt;
    private long _rechosenAt;
    private long _heldUntil;
    private int _busyRounds;
    private bool _failing;
    private AgentView _view = AgentView.Initial;

    public ApplyRounds(
        ClusterFeed feed,
        IDataPlane dataPlane,
        Func<ISnapshotResolver> newResolver,
        TimeProvider time,
        ILogger logger,
        ApplyMetrics metrics,
        Func<double> random,
        TimeSpan rechooseInterval = default)
    {
        _rechooseInterval = rechooseInterval;
        _rechosenAt = time.GetTimestamp();
        _feed = feed;
        _dataPlane = dataPlane;
        _newResolver = newResolver;
        _time = time;
        _logger = logger;
        _metrics = metrics;
        _log = new ApplyLog(logger, time);
        _failureBackoff = new RetryBackoff(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(5), random);
        _refusalBackoff = new RetryBackoff(TimeSpan.FromMilliseconds(500), TimeSpan.FromMinutes(5), random);
        Resolver = newResolver();
    }

    /// <summary>The resolver in use; another one after a failure.</summary>
    public ISnapshotResolver Resolver { get; private set; }

    /// <summary>What has been achieved. Any thread.</summary>
    public AgentView View => Volatile.Read(ref _view);

    /// <summary>Events are being collected: there is no use in waking the loop for more of them.</summary>
    public bool IsHolding => _heldUntil > _time.GetTimestamp();

    /// <summary>Does what is due.</summary>
    /// <returns>How long until something is due without an event; infinite: nothing ever is.</returns>
    public TimeSpan Run()
    {
        TimeSpan held = Until(_heldUntil);
        if (held > TimeSpan.Zero)
        {
            return held;
        }

        bool due = _retryAt is { } at && Until(at) <= TimeSpan.Zero;
        if (!_failing || due)
        {
            RunDue(due);
        }

        TimeSpan choice = RechooseDue();

        held = Until(_heldUntil);
        TimeSpan wait = _retryAt is { } retryAt ? Until(retryAt) : Timeout.InfiniteTimeSpan;
        wait = choice > TimeSpan.Zero && (wait == Timeout.InfiniteTimeSpan || choice < wait) ? choice : wait;
        return held > TimeSpan.Zero ? held : wait;
    }

    /// <summary>Says that no more events will be taken.</summary>
    public void Drain() => Volatile.Write(ref _view, View with { IsDraining = true });

    private void RunDue(bool due)
    {
        ClusterBatch? batch = null;
        try
        {
            batch = _feed.Take();
            if (batch is not null)
            {
                _owed.Add(batch.Changes);
                _oldestEvent ??= batch.FirstReceived;
                _metrics.Batch(batch.Changes.Count, batch.EventCount);
            }

            if (batch is not null || _failing)
            {
                Update();
            }
            else if (_dataPlane.NeedsRepair)
            {
                ApplyOutcome repaired = _dataPlane.Repair();
                LogRepaired(repaired.Reports.Sum(report => report.Missing.Length));
                Settle(repaired, View);
            }
            else if (due)
            {
                _metrics.Retried();
                Settle(_dataPlane.Retry(), View);
            }
        }
        catch (Exception problem)
        {
            Fail(problem);
        }

        HoldOff(batch is not null);
    }

    /// <summary>Chooses the rules of a NIC whose table is too small anew, where that is due.</summary>
    /// <returns>How long until the next time; zero: never.</returns>
    private TimeSpan RechooseDue()
    {
        if (_rechooseInterval <= TimeSpan.Zero || _failing || _resolved is null)
        {
            return _rechooseInterval;
        }

        long now = _time.GetTimestamp();
        TimeSpan since = _time.GetElapsedTime(_rechosenAt, now);
        if (since < _rechooseInterval)
        {
            return _rechooseInterval - since;
        }

        _rechosenAt = now;
        try
        {
            if (_dataPlane.Rechoose(since) is { } outcome)
            {
                Settle(outcome, View);
            }
        }
        catch (Exception problem)
        {
            Fail(problem);
        }

        return _rechooseInterval;
    }

    private void Update()
    {
        long begin = _time.GetTimestamp();
        Volatile.Write(ref _view, View with { IsSynced = true });
        PolicySnapshot resolved = Resolve();
        PolicySnapshot desired = _generationOffset == 0
            ? resolved
            : resolved with { Generation = resolved.Generation + _generationOffset };
        AgentView view = View with { Desired = desired };
        bool isSame = !_failing && _resolved is not null && HasSameEndpoints(resolved, _resolved);
        _log.Warnings(desired);
        if (isSame)
        {
            _resolved = resolved;
            _oldestEvent = null;
            Volatile.Write(ref _view, view with { Snapshot = desired });
            return;
        }

        Volatile.Write(ref _view, view);
        ApplyOutcome outcome = _dataPlane.Apply(desired);
        _metrics.Applied(
            _time.GetElapsedTime(begin), _oldestEvent is { } oldest ? _time.GetElapsedTime(oldest) : null);
        _resolved = resolved;
        _oldestEvent = null;
        Settle(outcome, view with { Snapshot = desired, AppliedAt = _time.GetUtcNow() });
        _log.Applied(desired, outcome);
    }

    /// <summary>Takes what is owed in. A resolver that fails is replaced by one that begins with its objects.</summary>
    private PolicySnapshot Resolve()
    {
        PolicySnapshot resolved;
        try
        {
            resolved = Resolve(Resolver);
        }
        catch (Exception problem) when (problem is not OutOfMemoryException)
        {
            LogResolverRebuilt(problem);
            _metrics.ResolverRebuilt();
            ISnapshotResolver fresh = _newResolver();
            fresh.Apply(ClusterChanges.Of(Resolver.ToState()));
            resolved = Resolve(fresh);
            _generationOffset = View.Desired.Generation;
            Resolver = fresh;
        }

        _owed.Clear();
        return resolved;
    }

    private PolicySnapshot Resolve(ISnapshotResolver resolver)
    {
        foreach (ClusterChanges changes in _owed)
        {
            resolver.Apply(changes);
        }

        return resolver.Resolve();
    }

    private void Settle(ApplyOutcome outcome, AgentView view)
    {
        _failing = false;
        _failureBackoff.Reset();
        _retryAt = null;
        DateTimeOffset? retryAt = null;
        if (outcome.MayRetry)
        {
            retryAt = RetryAfter(_refusalBackoff.Next());
        }
        else
        {
            _refusalBackoff.Reset();
        }

        Volatile.Write(ref _view, view with
        {
            Outcome = outcome,
            LastError = null,
            LastErrorAt = null,
            Attempts = _refusalBackoff.Attempts,
            RetryAt = retryAt,
        });
        _log.Refused(_dataPlane.Ports, outcome);
    }

    private void Fail(Exception problem)
    {
        _failing = true;
        _metrics.Failed();
        TimeSpan wait = _failureBackoff.Next();
        DateTimeOffset retryAt = RetryAfter(wait);
        Volatile.Write(ref _view, View with
        {
            LastError = problem.Message,
            LastErrorAt = _time.GetUtcNow(),
            Attempts = _failureBackoff.Attempts,
            RetryAt = retryAt,
        });
        LogRoundFailed(_failureBackoff.Attempts, (long)wait.TotalMilliseconds, problem);
    }

    /// <summary>
    /// Where events came in while others were applied, the next ones are collected for a while, the longer the longer this
    /// goes on. A single event never waits.
    /// </summary>
    private void HoldOff(bool hasTaken)
    {
        _busyRounds = hasTaken && !_failing && _feed.PendingCount > 0 ? Math.Min(_busyRounds + 1, 5) : 0;
        if (_busyRounds == 0)
        {
            _heldUntil = 0;
            return;
        }

        TimeSpan hold = TimeSpan.FromMilliseconds(1 << (_busyRounds - 1));
        _heldUntil = After(hold < s_longestHoldOff ? hold : s_longestHoldOff);
    }

    private DateTimeOffset RetryAfter(TimeSpan wait)
    {
        _retryAt = After(wait);
        return _time.GetUtcNow() + wait;
    }

    private long After(TimeSpan wait) =>
        _time.GetTimestamp() + Math.Max(1, (long)(wait.TotalSeconds * _time.TimestampFrequency));

    private TimeSpan Until(long timestamp)
    {
        long now = _time.GetTimestamp();
        return timestamp <= now ? TimeSpan.Zero : _time.GetElapsedTime(now, timestamp);
    }

    private static bool HasSameEndpoints(PolicySnapshot left, PolicySnapshot right)
    {
        ImmutableArray<LocalEndpoint> first = left.Endpoints;
        ImmutableArray<LocalEndpoint> second = right.Endpoints;
        if (first == second || first.Length != second.Length)
        {
            return first == second;
        }

        for (int i = 0; i < first.Length; i++)
        {
            if (!ReferenceEquals(first[i], second[i]))
            {
                return false;
            }
        }

        return true;
    }

    [LoggerMessage(1010, LogLevel.Error,
        "A round of the apply loop failed ({Attempt} in a row): the last policy stays in force, next try in {WaitMs} ms")]
    private partial void LogRoundFailed(int attempt, long waitMs, Exception problem);

    [LoggerMessage(1019, LogLevel.Warning,
        "A port had reset itself and was started again: {MissingCount} drops and passes of the policy are not in its NIC")]
    private partial void LogRepaired(int missingCount);

    [LoggerMessage(1011, LogLevel.Error, "Resolving changes failed: everything is resolved anew")]
    private partial void LogResolverRebuilt(Exception problem);
}
