using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NetPolNic.Cluster.Sources;

namespace NetPolNic.Agent.Hosting;

/// <summary>
/// Keeps the source of objects running. What ends it is logged and tried again; the policy in force stays meanwhile.
/// </summary>
internal sealed partial class SourceRunner(
    IClusterSource source, ClusterFeed feed, TimeProvider time, ILogger<SourceRunner> logger) : BackgroundService
{
    private readonly ILogger<SourceRunner> _logger = logger;
    private readonly RetryBackoff _backoff =
        new(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1), Random.Shared.NextDouble);

    /// <summary>What ended the source last; null: it runs, or has nothing more to say.</summary>
    public string? LastError { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                LastError = null;
                await source.RunAsync(feed, stoppingToken).ConfigureAwait(false);
                return;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception problem)
            {
                TimeSpan wait = _backoff.Next();
                LastError = problem.Message;
                LogSourceFailed(source.Name, (long)wait.TotalMilliseconds, problem);
                await Task.Delay(wait, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    [LoggerMessage(1012, LogLevel.Error,
        "Following {Source} failed: the last policy stays in force, next try in {WaitMs} ms")]
    private partial void LogSourceFailed(string source, long waitMs, Exception problem);
}
