using System.CommandLine;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NetPolNic.Agent.Hosting;
using NetPolNic.Cluster;
using NetPolNic.Cluster.Sources;
using NetPolNic.Offload.Capabilities;

namespace NetPolNic.Agent.Commands;

/// <summary><c>netpolnic run</c>: the agent in the foreground, until SIGTERM or Ctrl-C.</summary>
internal static class RunCommand
{
    private const string About =
        "Run the agent in the foreground: follow the manifests, keep NIC and fallback up to date, forward packets.";

    private const string Details =
        """
        Runs until SIGTERM or Ctrl-C. Nothing passes before the first policy is in force.

        A DPDK device is a PCI address (0000:3b:00.0) or a virtual device with its arguments (net_tap0,iface=dtap0).
        Every option may also stand in a JSON file (--config, section "NetPolNic") or in the environment
        (NETPOLNIC_UPLINK=…, lists as NETPOLNIC_PODPORTS__0=…); the command line wins over the environment, that over the file.
        """;

    public static Command Create()
    {
        Option<string?> config = new("--config") { Description = "JSON file with options.", HelpName = "FILE" };
        Option<string?> manifests = new("--manifests", "-f")
        {
            Description = "Folder of manifests to follow.",
            HelpName = "DIR",
        };
        Option<string?> node = CommonOptions.Node();
        Option<string?> nic = new("--nic") { Description = "NIC profile to compile for [mlx5].", HelpName = "PROFILE" };
        Option<string?> isolation = new Option<string?>("--isolation")
        {
            Description = "What isolates [auto].",
            HelpName = "auto|namespace|pod",
        }.AcceptOnlyFromAmong("auto", "namespace", "pod");
        Option<string?> established = new Option<string?>("--established")
        {
            Description = "What becomes of connections that a new policy forbids [cut].",
            HelpName = "cut|keep",
        }.AcceptOnlyFromAmong("cut", "keep");
        Option<string?> uplink = new("--uplink") { Description = "DPDK device of the wire.", HelpName = "DEVICE" };
        Option<string[]> podPorts = new("--pod-port")
        {
            Description = "DPDK device that carries one pod; repeatable.",
            HelpName = "DEVICE",
        };
        Option<string[]> reflectPorts = new("--reflect-port")
        {
            Description = "DPDK device that carries many pods; frames between them are sent back out of it; repeatable.",
            HelpName = "DEVICE",
        };
        Option<bool> emulate = new("--emulate")
        {
            Description = "Put the emulated NIC, with the profile's limits, in front of every port.",
        };
        Option<int?> lcore = new("--lcore") { Description = "CPU of the poll loop [0].", HelpName = "N" };
        Option<int?> memory = new("--memory") { Description = "Memory for packets, MiB [512].", HelpName = "MIB" };
        Option<int?> connections = new("--connections")
        {
            Description = "Size of the connection table [262144].",
            HelpName = "N",
        };
        Command command = new DetailedCommand("run", About, Details)
        {
            manifests, uplink, podPorts, reflectPorts, nic, node, isolation, established, emulate, lcore, memory,
            connections, config,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            Dictionary<string, string?> line = new(StringComparer.OrdinalIgnoreCase)
            {
                [nameof(AgentOptions.Manifests)] = parsed.GetValue(manifests),
                [nameof(AgentOptions.Node)] = parsed.GetValue(node),
                [nameof(AgentOptions.Nic)] = parsed.GetValue(nic),
                [nameof(AgentOptions.Isolation)] = parsed.GetValue(isolation),
                [nameof(AgentOptions.Established)] = parsed.GetValue(established),
                [nameof(AgentOptions.Uplink)] = parsed.GetValue(uplink),
                [nameof(AgentOptions.Emulate)] = parsed.GetValue(emulate) ? "true" : null,
                [nameof(AgentOptions.Lcore)] = parsed.GetValue(lcore)?.ToString(null, null),
                [nameof(AgentOptions.MemoryMiB)] = parsed.GetValue(memory)?.ToString(null, null),
                [nameof(AgentOptions.Connections)] = parsed.GetValue(connections)?.ToString(null, null),
            };
            AddList(line, nameof(AgentOptions.PodPorts), parsed.GetValue(podPorts));
            AddList(line, nameof(AgentOptions.ReflectPorts), parsed.GetValue(reflectPorts));
            AgentOptions options = Bind(parsed.GetValue(config), line);
            await RunAsync(options, cancellation).ConfigureAwait(false);
            return ExitStatus.Success;
        });
        return command;
    }

    /// <summary>Merges file, environment and command line, and refuses what cannot work: everything wrong at once.</summary>
    internal static AgentOptions Bind(string? file, IReadOnlyDictionary<string, string?> line)
    {
        ConfigurationBuilder builder = new();
        AgentOptions options = new();
        try
        {
            if (file is not null)
            {
                if (!File.Exists(file))
                {
                    throw new UnusableInputException($"--config: there is no file {file}");
                }

                builder.AddJsonFile(Path.GetFullPath(file), optional: false);
                builder.Build().GetSection(AgentOptions.Section).Bind(options);
            }

            builder = new ConfigurationBuilder();
            builder.AddEnvironmentVariables("NETPOLNIC_");
            builder.AddInMemoryCollection(line.Where(option => option.Value is not null));
            builder.Build().Bind(options);
        }
        catch (Exception problem) when (problem is InvalidDataException or IOException or InvalidOperationException)
        {
            throw new UnusableInputException($"options: {problem.InnerException?.Message ?? problem.Message}", problem);
        }

        string[] problems = [.. options.Problems()];
        return problems.Length == 0 ? options : throw new UnusableInputException(string.Join("\nnetpolnic: ", problems));
    }

    private static void AddList(Dictionary<string, string?> line, string name, string[]? values)
    {
        for (int i = 0; i < (values?.Length ?? 0); i++)
        {
            line[$"{name}:{i}"] = values![i];
        }
    }

    private static async Task RunAsync(AgentOptions options, CancellationToken cancellation)
    {
        NicCapabilities nic = Inputs.Nic(options.Nic);
        if (!Path.Exists(options.Manifests) && options.Manifests != ManifestReader.StandardInput)
        {
            throw new UnusableInputException($"--manifests: there is no folder {options.Manifests}");
        }

        // Before the host: what DPDK refuses is the command's answer, not a failed background service.
        using DataPlane dataPlane = new(options, nic);
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss.fff ";
        });
        builder.Services.AddSystemd();
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IDataPlane>(dataPlane);
        builder.Services.AddSingleton<ClusterFeed>();
        builder.Services.AddSingleton<IClusterSource>(services => new ManifestClusterSource(
            options.Manifests ?? "",
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<ManifestClusterSource>>()));
        builder.Services.AddSingleton<Func<ISnapshotResolver>>(
            () => new SnapshotResolver(options.Isolation, options.Node));
        builder.Services.AddSingleton(services => new ApplyLoop(
            services.GetRequiredService<ClusterFeed>(),
            services.GetRequiredService<IDataPlane>(),
            services.GetRequiredService<Func<ISnapshotResolver>>(),
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<ApplyLoop>>()));
        builder.Services.AddSingleton<SourceRunner>();

        // Stopped in the reverse order: events end first, then the loop, then the data plane closes.
        builder.Services.AddHostedService(services => services.GetRequiredService<ApplyLoop>());
        builder.Services.AddHostedService(services => services.GetRequiredService<SourceRunner>());
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        using IHost host = builder.Build();
        await host.RunAsync(cancellation).ConfigureAwait(false);
    }
}
