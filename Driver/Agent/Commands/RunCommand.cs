using System.CommandLine;
using Microsoft.Extensions.Configuration;
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
        "Run the agent in the foreground: follow a cluster or manifests, keep NIC and fallback up to date, forward packets.";

    // A line for each paragraph: help wraps them to the terminal's width.
    private const string Details =
        "Runs until SIGTERM or Ctrl-C. Nothing passes before the first policy is in force; after that the last good policy " +
        "stays in force, whatever happens to the API server or the manifests.\n\n" +
        "Objects come from one of: manifests (-f), the cluster of a kubeconfig (--kubeconfig), or the cluster whose pod " +
        "this is. A cluster needs the node's name: --node, or NODE_NAME from the downward API.\n\n" +
        "A DPDK device is a PCI address (0000:3b:00.0) or a virtual device with its arguments (net_tap0,iface=dtap0).\n\n" +
        "Every option may also stand in a JSON file (--config, section \"NetPolNic\") or in the environment " +
        "(NETPOLNIC_UPLINK=…, lists as NETPOLNIC_PODPORTS__0=…); the command line wins over the environment, that over " +
        "the file.\n\n" +
        "/healthz answers 200 while the loops live, /readyz while the policy of every local pod is in force, each with the " +
        "reasons if not. Under systemd (Type=notify) the watchdog is fed while the loops live.";

    public static Command Create()
    {
        Option<string?> config = new("--config") { Description = "JSON file with options.", HelpName = "FILE" };
        Option<string?> manifests = new("--manifests", "-f")
        {
            Description = "Folder of manifests to follow.",
            HelpName = "DIR",
        };
        Option<string?> kubeconfig = new("--kubeconfig")
        {
            Description = "Follow the cluster that this file names; without it and -f, the one that this pod runs in.",
            HelpName = "FILE",
        };
        Option<string?> context = new("--context") { Description = "Context in the kubeconfig.", HelpName = "NAME" };
        Option<string?> node = new("--node")
        {
            Description = "Node whose pods are local, by spec.nodeName [NODE_NAME]; with manifests every pod is without it.",
            HelpName = "NAME",
        };
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
        Option<string?> flowApi = new Option<string?>("--flow-api")
        {
            Description = "How rules get into the NIC: by templates and a queue where it has that, or one by one [auto].",
            HelpName = "auto|sync",
        }.AcceptOnlyFromAmong("auto", "sync");
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
        Option<string?> lcore = new("--lcore")
        {
            Description = "CPUs of the poll loops, one loop each: 2, or 2,4-6 [0].",
            HelpName = "LIST",
        };
        Option<string?> pollLoop = new Option<string?>("--poll-loop")
        {
            Description = "Code of the poll loop; managed is for tests: collections stop it [native].",
            HelpName = "native|managed",
        }.AcceptOnlyFromAmong("native", "managed");
        Option<int?> memory = new("--memory") { Description = "Memory for packets, MiB [512].", HelpName = "MIB" };
        Option<int?> mtu = new("--mtu")
        {
            Description = "Largest IP packet on the ports, bytes [1500].",
            HelpName = "BYTES",
        };
        Option<int?> connections = new("--connections")
        {
            Description = "Size of the connection table [262144].",
            HelpName = "N",
        };
        Option<double?> rechoose = new("--rechoose-interval")
        {
            Description = "How often rules are chosen by traffic where not all fit the NIC; 0: never [2].",
            HelpName = "SECONDS",
        };
        Option<string?> metrics = new("--metrics-listen")
        {
            Description = $"Where /healthz, /readyz and /metrics answer [{AgentOptions.DefaultMetricsListen}].",
            HelpName = "ADDR:PORT|none",
        };
        Option<string?> socket = new("--control-socket")
        {
            Description = "Unix socket for 'netpolnic status' [/run/netpolnic/netpolnic.sock].",
            HelpName = "PATH",
        };
        Option<string?> logFormat = new Option<string?>("--log-format")
        {
            Description = "Form of the log on stdout [text].",
            HelpName = "text|json",
        }.AcceptOnlyFromAmong("text", "json");
        Option<LogLevel?> logLevel = new("--log-level")
        {
            Description = "Least level that is logged [information].",
            HelpName = "LEVEL",
        };
        Command command = new DetailedCommand("run", About, Details)
        {
            manifests, kubeconfig, context, node, uplink, podPorts, reflectPorts, nic, isolation, established, flowApi, emulate,
            lcore, pollLoop, memory, mtu, connections, rechoose, metrics, socket, logFormat, logLevel, config,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            Dictionary<string, string?> line = new(StringComparer.OrdinalIgnoreCase)
            {
                [nameof(AgentOptions.Manifests)] = parsed.GetValue(manifests),
                [nameof(AgentOptions.Kubeconfig)] = parsed.GetValue(kubeconfig),
                [nameof(AgentOptions.Context)] = parsed.GetValue(context),
                [nameof(AgentOptions.MetricsListen)] = parsed.GetValue(metrics),
                [nameof(AgentOptions.ControlSocket)] = parsed.GetValue(socket),
                [nameof(AgentOptions.LogFormat)] = parsed.GetValue(logFormat),
                [nameof(AgentOptions.LogLevel)] = parsed.GetValue(logLevel)?.ToString(),
                [nameof(AgentOptions.Node)] = parsed.GetValue(node),
                [nameof(AgentOptions.Nic)] = parsed.GetValue(nic),
                [nameof(AgentOptions.Isolation)] = parsed.GetValue(isolation),
                [nameof(AgentOptions.Established)] = parsed.GetValue(established),
                [nameof(AgentOptions.FlowApi)] = parsed.GetValue(flowApi),
                [nameof(AgentOptions.Uplink)] = parsed.GetValue(uplink),
                [nameof(AgentOptions.Emulate)] = parsed.GetValue(emulate) ? "true" : null,
                [nameof(AgentOptions.Lcore)] = parsed.GetValue(lcore),
                [nameof(AgentOptions.PollLoop)] = parsed.GetValue(pollLoop),
                [nameof(AgentOptions.MemoryMiB)] = parsed.GetValue(memory)?.ToString(null, null),
                [nameof(AgentOptions.Mtu)] = parsed.GetValue(mtu)?.ToString(null, null),
                [nameof(AgentOptions.Connections)] = parsed.GetValue(connections)?.ToString(null, null),
                [nameof(AgentOptions.RechooseSeconds)] =
                    parsed.GetValue(rechoose)?.ToString(System.Globalization.CultureInfo.InvariantCulture),
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
                builder.Build().GetSection(AgentOptions.Section)
                    .Bind(options, binding => binding.ErrorOnUnknownConfiguration = true);
            }

            builder = new ConfigurationBuilder();
            builder.AddEnvironmentVariables("NETPOLNIC_");
            builder.AddInMemoryCollection(line.Where(option => option.Value is not null));
            builder.Build().Bind(options);
        }
        catch (Exception problem) when (problem is InvalidDataException or IOException or InvalidOperationException)
        {
            // A value that cannot be converted is named by the outer message, a defect of the file by the inner one.
            string reason = problem is InvalidDataException ? problem.InnerException?.Message ?? problem.Message : problem.Message;
            throw new UnusableInputException($"options: {reason}", problem);
        }

        options.TakeNodeFrom(Environment.GetEnvironmentVariable);
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
        if (!options.FollowsCluster && !Path.Exists(options.Manifests) && options.Manifests != ManifestReader.StandardInput)
        {
            throw new UnusableInputException($"--manifests: there is no folder {options.Manifests}");
        }

        try
        {
            // Before the host: what DPDK refuses is the command's answer, not a failed background service.
            DataPlane dataPlane = new(options, nic);
            await AgentHost.RunAsync(options, nic, dataPlane, cancellation).ConfigureAwait(false);
        }
        catch (ClusterConfigurationException problem)
        {
            throw new UnusableInputException(problem.Message, problem);
        }
    }
}
