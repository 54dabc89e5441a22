using System.Collections.Immutable;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NetPolNic.Agent.Hosting;
using OpenTelemetry.Metrics;

namespace NetPolNic.Agent.Observability;

/// <summary>
/// Answers <c>/healthz</c> (alive), <c>/readyz</c> (the policy of every local pod is in force) and <c>/metrics</c>. The first
/// to start and the last to stop, so that it tells of both.
/// </summary>
internal sealed partial class HealthServer(
    AgentOptions options,
    AgentHealth health,
    AgentInstruments instruments,
    OffloadMetrics offload,
    ILogger<HealthServer> logger) : IHostedService, IAsyncDisposable
{
    private static readonly TimeSpan s_refreshPatience = TimeSpan.FromSeconds(1);

    private readonly ILogger<HealthServer> _logger = logger;
    private readonly AgentInstruments _instruments = instruments;
    private WebApplication? _app;

    /// <summary>Where it answers, for example "http://127.0.0.1:9099"; null: nowhere.</summary>
    public string? Address { get; private set; }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!ListenAddress.TryParse(options.MetricsListen ?? AgentOptions.DefaultMetricsListen, out IPEndPoint? endPoint) || endPoint is null)
        {
            return;
        }

        WebApplication app = Build(endPoint);
        try
        {
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException problem) when (options.MetricsListen is null)
        {
            // Nobody asked for this very address: enforcement matters more.
            LogNoHealthServer(endPoint, problem.Message);
            await app.DisposeAsync().ConfigureAwait(false);
            return;
        }

        _app = app;
        Address = app.Urls.First();
        LogListening(Address);
    }

    public Task StopAsync(CancellationToken cancellationToken) => _app?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    public ValueTask DisposeAsync() => _app?.DisposeAsync() ?? ValueTask.CompletedTask;

    private WebApplication Build(IPEndPoint endPoint)
    {
        // Empty: no settings from the working folder or the environment.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = 64;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Listen(endPoint);
        });

        // Signals are the agent's: this server stops when the agent stops it.
        builder.Services.Replace(ServiceDescriptor.Singleton<IHostLifetime, SilentLifetime>());
        builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddMeter(AgentMeter.Name).AddPrometheusExporter());
        WebApplication app = builder.Build();
        app.Map("/healthz", branch => branch.Run(context => AnswerAsync(context, health.NotAlive())));
        app.Map("/readyz", branch => branch.Run(context => AnswerAsync(context, health.NotReady())));
        app.UseWhen(context => context.Request.Path == "/metrics", branch => branch.Use(RefreshAsync));
        app.UseOpenTelemetryPrometheusScrapingEndpoint();
        app.Run(context =>
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return context.Response.WriteAsync("there are /healthz, /readyz and /metrics\n", context.RequestAborted);
        });
        return app;
    }

    private async Task RefreshAsync(HttpContext context, RequestDelegate next)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        patience.CancelAfter(s_refreshPatience);
        await offload.RefreshAsync(patience.Token).ConfigureAwait(false);
        await next(context).ConfigureAwait(false);
    }

    private static Task AnswerAsync(HttpContext context, ImmutableArray<string> missing)
    {
        context.Response.StatusCode = missing.IsEmpty ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "text/plain; charset=utf-8";
        string body = missing.IsEmpty ? "ok" : string.Join('\n', missing);
        return context.Response.WriteAsync(body + "\n", context.RequestAborted);
    }

    [LoggerMessage(1020, LogLevel.Information, "Health and metrics at {Address}")]
    private partial void LogListening(string address);

    [LoggerMessage(1021, LogLevel.Warning,
        "No health and metrics: {EndPoint} cannot be used ({Problem}); --metrics-listen names another address")]
    private partial void LogNoHealthServer(IPEndPoint endPoint, string problem);
}
