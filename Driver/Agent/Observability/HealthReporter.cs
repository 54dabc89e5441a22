using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging;
using NetPolNic.Agent.Hosting;

namespace NetPolNic.Agent.Observability;

/// <summary>
/// Looks at the agent's health every second: logs when it changes and tells systemd. The watchdog of systemd is fed only
/// while every loop lives, so that a hung one gets the agent restarted.
/// </summary>
internal sealed partial class HealthReporter(
    AgentHealth health,
    ApplyLoop loop,
    ISystemdNotifier systemd,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<HealthReporter> logger) : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private readonly ILogger<HealthReporter> _logger = logger;
    private string? _readiness;
    private bool _isAlive = true;
    private bool _wasReady;

    /// <summary>How often systemd wants to hear of us (WATCHDOG_USEC of sd_watchdog_enabled(3)); null: it does not.</summary>
    internal static TimeSpan? WatchdogInterval(Func<string, string?> environment)
    {
        string pid = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        bool isOurs = environment("WATCHDOG_PID") is not { Length: > 0 } named || named == pid;
        return isOurs &&
            long.TryParse(environment("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out long microseconds) &&
            microseconds > 0
                ? TimeSpan.FromMicroseconds(microseconds)
                : null;
    }

    /// <summary>One look.</summary>
    internal void Look()
    {
        ImmutableArray<string> dead = health.NotAlive();
        if (dead.IsEmpty)
        {
            systemd.Notify(new ServiceState("WATCHDOG=1"));
        }
        else if (_isAlive)
        {
            LogNotAlive(string.Join("; ", dead));
        }

        _isAlive = dead.IsEmpty;
        ImmutableArray<string> missing = health.NotReady();
        AgentView view = loop.View;
        string reasons = string.Join("; ", missing);
        string readiness = missing.IsEmpty ? "the policy of every local pod is in force" : $"not ready: {reasons}";
        if (readiness == _readiness)
        {
            return;
        }

        _readiness = readiness;
        systemd.Notify(new ServiceState($"STATUS={readiness.ReplaceLineEndings(" ")}"));
        if (missing.IsEmpty)
        {
            _wasReady = true;
            LogReady(view.Snapshot.Endpoints.Length);
        }
        else if (!view.IsDraining)
        {
            LogNotReady(_wasReady ? LogLevel.Warning : LogLevel.Information, reasons);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using CancellationTokenRegistration started =
            lifetime.ApplicationStarted.Register(() => systemd.Notify(ServiceState.Ready));
        TimeSpan interval = WatchdogInterval(Environment.GetEnvironmentVariable) is { } watchdog && watchdog / 3 < s_interval
            ? watchdog / 3
            : s_interval;
        using PeriodicTimer timer = new(interval, time);
        try
        {
            do
            {
                Look();
            }
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            systemd.Notify(ServiceState.Stopping);
        }
    }

    [LoggerMessage(1022, LogLevel.Information, "Ready: enforcing for {Pods} local pods")]
    private partial void LogReady(int pods);

    [LoggerMessage(EventId = 1023, Message = "Not ready: {Missing}")]
    private partial void LogNotReady(LogLevel level, string missing);

    [LoggerMessage(1024, LogLevel.Critical, "Not alive: {Dead}; the watchdog is not fed any more")]
    private partial void LogNotAlive(string dead);
}
