using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NetPolNic.Agent.Hosting;

namespace NetPolNic.Agent.Control;

/// <summary>
/// Listens on the control socket. Enforcement does not depend on it: a socket that cannot be made is an error in the log,
/// not the end of the agent.
/// </summary>
internal sealed partial class ControlServer(
    string path, IAgentReader reader, TimeProvider time, ILoggerFactory loggers) : IHostedService, IAsyncDisposable
{
    private static readonly TimeSpan s_drainLimit = TimeSpan.FromSeconds(1);

    private readonly ILogger _logger = loggers.CreateLogger<ControlServer>();
    private WebApplication? _app;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Socket? socket = null;
        WebApplication? app = null;
        try
        {
            // Before the web host starts: that one would log its own failure, at length.
            socket = ControlSocket.Bind(path);
            app = Build(socket);
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
            _app = app;
            LogListening(path);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or SocketException)
        {
            socket?.Dispose();
            if (app is not null)
            {
                await app.DisposeAsync().ConfigureAwait(false);
            }

            LogNotListening(path, problem.Message);
        }
    }

    /// <summary>Ends open calls and removes the socket.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _app, null) is { } app)
        {
            // Watchers never finish by themselves: they get a moment to hear that the server goes away.
            using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(s_drainLimit);
            await app.StopAsync(limit.Token).ConfigureAwait(false);
            await app.DisposeAsync().ConfigureAwait(false);
            File.Delete(path);
        }
    }

    public async ValueTask DisposeAsync() => await StopAsync(CancellationToken.None).ConfigureAwait(false);

    private WebApplication Build(Socket socket)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());

        // Signals are the agent's: this server stops when the agent stops it.
        builder.Services.Replace(ServiceDescriptor.Singleton<IHostLifetime, SilentLifetime>());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton(reader);
        builder.Services.AddSingleton(time);
        builder.Services.AddSingleton<AgentService>();
        builder.Services.AddRouting();
        builder.Services.AddGrpc();
        builder.Services.Configure<SocketTransportOptions>(options => options.CreateBoundListenSocket = _ => socket);
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.ListenUnixSocket(Path.GetFullPath(path), listen => listen.Protocols = HttpProtocols.Http2);
        });
        WebApplication app = builder.Build();
        app.MapGrpcService<AgentService>();
        return app;
    }
}
