using System.Collections.Immutable;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NetPolNic.Agent.Hosting;

namespace NetPolNic.Agent.Observability;

/// <summary>
/// Posts Events at pods whose policy could not be offloaded or understood: for each pod and reason one an hour, for the
/// node some at once and then one every five seconds. That posting fails is logged rarely; nothing depends on it.
/// </summary>
internal sealed partial class PodEventReporter(
    IEventSink sink, ApplyLoop loop, TimeProvider time, ILogger<PodEventReporter> logger) : BackgroundService
{
    /// <summary>How often new policy is looked at.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan s_repeatAfter = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_postPatience = TimeSpan.FromSeconds(10);

    private readonly ILogger<PodEventReporter> _logger = logger;
    private readonly LogBudget _posts = new(time, 25, 0.2);
    private readonly LogBudget _failures = new(time, 1, 1.0 / 600);
    private readonly Dictionary<(string Uid, string Reason), long> _posted = [];
    private ApplyOutcome? _lookedAt;
    private ImmutableArray<PodEvent> _findings = [];

    /// <summary>Looks at the policy in force and posts what is due.</summary>
    internal async Task LookAsync(CancellationToken cancellation)
    {
        AgentView view = loop.View;
        if (!ReferenceEquals(view.Outcome, _lookedAt))
        {
            _findings = await loop.AskAsync(
                (now, dataPlane, _) => PodFindings.Of(now.Snapshot, dataPlane), cancellation).ConfigureAwait(false);
            _lookedAt = view.Outcome;
        }

        foreach ((string, string) old in _posted.Where(pair => time.GetElapsedTime(pair.Value) >= s_repeatAfter)
            .Select(pair => pair.Key).ToArray())
        {
            _posted.Remove(old);
        }

        foreach (PodEvent found in _findings.Where(found => !_posted.ContainsKey((found.Uid, found.Reason))))
        {
            if (!_posts.TryTake(out _))
            {
                return;
            }

            _posted[(found.Uid, found.Reason)] = time.GetTimestamp();
            await PostAsync(found, cancellation).ConfigureAwait(false);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
            {
                await LookAsync(stoppingToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What is not posted yet is in the log and in the metrics.
        }
    }

    private async Task PostAsync(PodEvent found, CancellationToken cancellation)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(s_postPatience);
        try
        {
            await sink.PostAsync(found, patience.Token).ConfigureAwait(false);
        }
        catch (Exception problem) when (!cancellation.IsCancellationRequested)
        {
            if (_failures.TryTake(out long suppressed))
            {
                LogPostFailed(found.Namespace, found.Pod, suppressed, problem.Message);
            }
        }
    }

    [LoggerMessage(1040, LogLevel.Warning,
        "An Event for pod {PodNamespace}/{PodName} could not be posted ({Suppressed} before it either): {Problem}")]
    private partial void LogPostFailed(string podNamespace, string podName, long suppressed, string problem);
}
