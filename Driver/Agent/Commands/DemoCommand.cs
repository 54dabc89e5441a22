using System.CommandLine;
using NetPolNic.Agent.Demo;
using NetPolNic.Agent.Live;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;
using Spectre.Console;

namespace NetPolNic.Agent.Commands;

/// <summary><c>netpolnic demo</c>: the whole way, from manifests to packets, on the emulated NIC.</summary>
internal static class DemoCommand
{
    private const string About = "Show the whole thing at work on an emulated NIC.";

    private const string Details =
        """
        Compiles the examples, installs the rules in the emulated NIC with
        rte_flow_create, sends packets through NIC and fallback, and compares every verdict with the reference evaluator.
        Ends with status 0 only if all agree. Needs root, but neither a NIC nor hugepages.

        With --live, pods are network namespaces with the kernel's own TCP/IP, and a running agent is the only way between
        them. It shows the matrix as real connections find it beside the policy's; what becomes of an open connection when
        a manifest is edited; a large transfer; many connections; the agent killed and restarted under traffic. It touches no
        interface of the machine's own, and leaves nothing behind.
        """;

    private static readonly (string Folder, string Title)[] s_examples =
    [
        ("seed", "Kubernetes 1.3: a namespace isolated by annotation, v1beta1"),
        ("v1", "networking.k8s.io/v1: egress, ipBlock with except, endPort, named ports, dual stack"),
    ];

    public static Command Create()
    {
        Option<string> nic = CommonOptions.Nic();
        Option<string?> manifests = new("--manifests", "-f")
        {
            Description = "Show this folder instead of the two examples.",
            HelpName = "DIR",
        };
        Option<string> isolation = CommonOptions.Isolation();
        Option<bool> live = new("--live") { Description = "Real pods in network namespaces, real connections between them." };
        Option<string> mtus = new("--mtu")
        {
            Description = "With --live: MTUs to show; edits and restart with the first one only.",
            HelpName = "LIST",
            DefaultValueFactory = _ => "1500,9000",
        };
        Option<string> transfer = new("--transfer")
        {
            Description = "With --live: size of the transfer, e.g. 64M or 1G.",
            HelpName = "SIZE",
            DefaultValueFactory = _ => "256M",
        };
        Option<int> connections = new("--connections")
        {
            Description = "With --live: connections that are open at once, 1 to 2000.",
            HelpName = "N",
            DefaultValueFactory = _ => 200,
        };
        Option<string> ports = new Option<string>("--ports")
        {
            Description = "With --live: DPDK driver of the agent's ports; af_packet sees no IPv4 fragments.",
            HelpName = "pcap|af_packet",
            DefaultValueFactory = _ => "pcap",
        }.AcceptOnlyFromAmong("pcap", "af_packet");
        Option<int> lcore = new("--lcore") { Description = "With --live: CPU of the agent's poll loop.", HelpName = "N" };
        Option<string> output = CommonOptions.Output(OutputFormat.Table, OutputFormat.Json);
        Command command = new DetailedCommand("demo", About, Details)
        {
            nic, manifests, isolation, live, mtus, transfer, connections, ports, lcore, output,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            // What runs before the first wait is cut short by Ctrl-C without its clean-up.
            await Task.Yield();
            if (parsed.GetValue(live))
            {
                string path = parsed.GetValue(manifests) ?? ExampleFolders.Of("live");
                _ = Inputs.Manifests(path, parsed.InvocationConfiguration.Error);
                _ = Inputs.Nic(parsed.GetRequiredValue(nic));
                LiveOptions options = new()
                {
                    Manifests = path,
                    Executable = Path.Combine(AppContext.BaseDirectory, "netpolnic"),
                    Nic = parsed.GetRequiredValue(nic),
                    Ports = parsed.GetRequiredValue(ports),
                    Isolation = parsed.Mode(isolation),
                    TransferBytes = LiveDemo.Bytes(parsed.GetRequiredValue(transfer)),
                    Connections = parsed.GetValue(connections) is >= 1 and <= 2000 and var count
                        ? count
                        : throw new UnusableInputException("--connections: 1 to 2000"),
                    Lcore = parsed.GetValue(lcore),
                };
                return await LiveDemo.RunAsync(
                    options,
                    LiveDemo.Mtus(parsed.GetRequiredValue(mtus)),
                    parsed.Format(output),
                    parsed.InvocationConfiguration.Output,
                    cancellation).ConfigureAwait(false);
            }

            if (parsed.Format(output) == OutputFormat.Json)
            {
                throw new UnusableInputException("-o json is for demo --live; 'netpolnic matrix --via packets -o json' has the other's matrix");
            }

            return Emulated(parsed, nic, manifests, isolation);
        });
        return command;
    }

    private static int Emulated(ParseResult parsed, Option<string> nic, Option<string?> manifests, Option<string> isolation)
    {
        IAnsiConsole console = Inputs.Console(parsed.InvocationConfiguration.Output);
        TextWriter error = parsed.InvocationConfiguration.Error;
        NicCapabilities profile = Inputs.Nic(parsed.GetRequiredValue(nic));
        IEnumerable<(string Folder, string Title)> shows = parsed.GetValue(manifests) is { } folder
            ? [(folder, folder)]
            : s_examples.Select(example => (ExampleFolders.Of(example.Folder), example.Title));
        bool agreed = true;
        foreach ((string path, string title) in shows)
        {
            ClusterState state = Inputs.Manifests(path, error);
            IsolationMode mode = parsed.Mode(isolation);
            PolicySnapshot snapshot = Inputs.Resolve(state, mode, nodeName: null, error);
            agreed &= new DemoShow(console, state, mode, snapshot, profile).Run(title);
        }

        return agreed ? ExitStatus.Success : ExitStatus.Negative;
    }
}
