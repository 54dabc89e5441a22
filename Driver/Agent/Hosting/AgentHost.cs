using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using NetPolNic.Agent.Control;
using NetPolNic.Agent.Observability;
using NetPolNic.Cluster.Sources;
using NetPolNic.Offload.Capabilities;

namespace NetPolNic.Agent.Hosting;

/// <summary>Puts a running agent together.</summary>
internal static class AgentHost
{
    /// <summary>
    /// How long the process may take to end after a signal: the drain, and then the ports, whose drivers may take their time for
    /// each rule. Below the 30 s after which deploy/ has it killed.
    /// </summary>
    public static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(25);

    /// <summary>How long a drain may take before the process ends anyway; nothing passes then either.</summary>
    private static readonly TimeSpan s_drainLimit = TimeSpan.FromSeconds(10);

    /// <summary>Makes the host; starts nothing. The data plane stays the caller's and outlives the host.</summary>
    /// <exception cref="ClusterConfigurationException">The cluster's configuration cannot be used.</exception>
    public static IHost Create(AgentOptions options, NicCapabilities nic, IDataPlane dataPlane)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        AddLogging(builder, options);
        IServiceCollection services = builder.Services;
        services.AddSystemd();
        if (options.LogFormat == "json")
        {
            // After AddSystemd, which chooses a format of its own under systemd.
            services.Configure<ConsoleLoggerOptions>(console => console.FormatterName = ConsoleFormatterNames.Json);
        }

        services.TryAddSingleton<ISystemdNotifier, SystemdNotifier>();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = s_drainLimit);
        services.AddMetrics();
        services.AddSingleton(options);
        services.AddSingleton(nic);
        services.AddSingleton(dataPlane);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<ClusterFeed>();
        AddSource(services, options);
        AddLoop(services, options);
        AddObservability(services, options);
        IHost built = builder.Build();
        _ = built.Services.GetRequiredService<IClusterSource>();
        return built;
    }

    /// <summary>
    /// Runs an agent to its end, then closes the data plane: unless the apply loop hangs in it, which nothing can end but
    /// the end of the process.
    /// </summary>
    /// <exception cref="ClusterConfigurationException">The cluster's configuration cannot be used.</exception>
    public static async Task RunAsync(
        AgentOptions options, NicCapabilities nic, IDataPlane dataPlane, CancellationToken cancellation)
    {
        ApplyLoop? loop = null;
        try
        {
            using IHost host = Create(options, nic, dataPlane);
            loop = host.Services.GetRequiredService<ApplyLoop>();
            await host.RunAsync(cancellation).ConfigureAwait(false);
        }
        finally
        {
            if (loop?.HasEnded != false)
            {
                dataPlane.Dispose();
            }
        }
    }

    private static void AddLogging(HostApplicationBuilder builder, AgentOptions options)
    {
        builder.Logging.SetMinimumLevel(options.LogLevel);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Logging.AddFilter("Grpc", LogLevel.Warning);
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss.fff ";
        });
        builder.Logging.AddJsonConsole(console =>
        {
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";
        });
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.FormatterName = ConsoleFormatterNames.Simple);
    }

    private static void AddSource(IServiceCollection services, AgentOptions options)
    {
        if (options.FollowsCluster)
        {
            services.AddSingleton(provider => KubernetesSource.Connect(
                new KubernetesSourceOptions { Kubeconfig = options.Kubeconfig, Context = options.Context },
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<KubernetesSource>>()));
            services.AddSingleton<IClusterSource>(provider => provider.GetRequiredService<KubernetesSource>());
            return;
        }

        services.AddSingleton<IClusterSource>(provider => new ManifestClusterSource(
            options.Manifests ?? "",
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<ManifestClusterSource>>()));
    }

    private static void AddLoop(IServiceCollection services, AgentOptions options)
    {
        services.AddSingleton<ApplyMetrics>();
        services.AddSingleton<Func<ISnapshotResolver>>(() => new SnapshotResolver(options.Isolation, options.Node));
        services.AddSingleton(provider => new ApplyLoop(
            provider.GetRequiredService<ClusterFeed>(),
            provider.GetRequiredService<IDataPlane>(),
            provider.GetRequiredService<Func<ISnapshotResolver>>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<ApplyLoop>>(),
            provider.GetRequiredService<ApplyMetrics>(),
            random: null,
            TimeSpan.FromSeconds(options.RechooseSeconds)));
        services.AddSingleton<SourceRunner>();
    }

    // Services stop in the reverse order: events end first, then the apply loop, and health tells of it until the end.
    private static void AddObservability(IServiceCollection services, AgentOptions options)
    {
        services.AddSingleton<AgentHealth>();
        services.AddSingleton<AgentInstruments>();
        services.AddSingleton<OffloadMetrics>();
        services.AddSingleton<HealthServer>();
        services.AddHostedService(provider => provider.GetRequiredService<HealthServer>());
        services.AddHostedService<HealthReporter>();
        services.AddHostedService(provider => provider.GetRequiredService<ApplyLoop>());
        services.AddHostedService(provider => provider.GetRequiredService<SourceRunner>());
        services.AddHostedService<DeniedReporter>();
        services.AddSingleton<IAgentReader, AgentReader>();
        services.AddControlServer(options.ControlSocket);
        if (options.FollowsCluster)
        {
            services.AddSingleton<IEventSink>(provider => new KubernetesEventSink(
                provider.GetRequiredService<KubernetesSource>(),
                options.Node ?? "",
                provider.GetRequiredService<TimeProvider>()));
            services.AddHostedService<PodEventReporter>();
        }
    }
}
