using System.CommandLine;
using NetPolNic.Agent.Demo;
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
        Command command = new DetailedCommand("demo", About, Details) { nic, manifests, isolation };
        command.SetAction(parsed =>
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
        });
        return command;
    }
}
