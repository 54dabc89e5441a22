using System.Collections.Immutable;
using System.CommandLine;
using NetPolNic.Agent.Matrix;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Reference;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Agent.Commands;

/// <summary><c>netpolnic matrix</c>: who may talk to whom, by the model or by packets.</summary>
internal static class MatrixCommand
{
    public static Command Create()
    {
        Option<string> manifests = CommonOptions.Manifests();
        Option<string?> node = CommonOptions.Node();
        Option<string> isolation = CommonOptions.Isolation();
        Option<string> nic = CommonOptions.Nic();
        Option<string> output = CommonOptions.Output(OutputFormat.Table, OutputFormat.Json);
        Option<string?> ports = new("--ports")
        {
            Description = "Ports to ask about, e.g. 80,81/UDP,82/SCTP; without it those that the manifests name.",
            HelpName = "LIST",
        };
        Option<string?> external = new("--external")
        {
            Description = "Addresses outside the cluster to ask about as well.",
            HelpName = "IP,…",
        };
        Option<string> via = new Option<string>("--via")
        {
            Description = "'model' asks the reference evaluator; 'packets' sends each cell's first packet, from clean " +
                "connection state, through the emulated NIC and the fallback.",
            HelpName = "model|packets",
            DefaultValueFactory = _ => "model",
        }.AcceptOnlyFromAmong("model", "packets");
        Command command = new("matrix", "Print who may talk to whom.")
        {
            manifests, ports, external, via, nic, node, isolation, output,
        };
        command.SetAction(parsed =>
        {
            TextWriter error = parsed.InvocationConfiguration.Error;
            TextWriter writer = parsed.InvocationConfiguration.Output;
            ClusterState state = Inputs.Manifests(parsed.GetRequiredValue(manifests), error);
            string? nodeName = parsed.GetValue(node);
            Inputs.CheckNode(state, nodeName);
            ImmutableArray<ProtoPort> chosen = ParsePorts(parsed.GetValue(ports), state);
            ImmutableArray<MatrixEndpoint> endpoints =
                MatrixEndpoints.Of(state, ParseAddresses(parsed.GetValue(external)));
            NicCapabilities profile = Inputs.Nic(parsed.GetRequiredValue(nic));
            IsolationMode mode = parsed.Mode(isolation);
            PolicySnapshot snapshot = Inputs.Resolve(state, mode, nodeName, error);
            MatrixResult result = parsed.GetValue(via) == "packets"
                ? PacketMatrix.Build(state, snapshot, profile, endpoints, chosen, nodeName)
                : ModelMatrix.Build(new PolicyEvaluator(state, mode), endpoints, chosen, nodeName);
            if (parsed.Format(output) == OutputFormat.Json)
            {
                writer.WriteLine(MatrixJson.Write(result));
            }
            else
            {
                MatrixText.Write(Inputs.Console(writer), result);
            }

            return ExitStatus.Success;
        });
        return command;
    }

    private static ImmutableArray<ProtoPort> ParsePorts(string? list, ClusterState state)
    {
        if (list is null)
        {
            return MatrixEndpoints.PortsNamedIn(state);
        }

        ImmutableArray<ProtoPort>.Builder ports = ImmutableArray.CreateBuilder<ProtoPort>();
        foreach (string text in list.Split(',', StringSplitOptions.TrimEntries))
        {
            if (!ProtoPort.TryParse(text, out ProtoPort port))
            {
                throw new UnusableInputException(
                    $"--ports: '{text}' is no port; write 80, 81/UDP or 82/SCTP with a number from 1 to 65535");
            }

            if (!ports.Contains(port))
            {
                ports.Add(port);
            }
        }

        return ports.ToImmutable();
    }

    private static ImmutableArray<IpAddr> ParseAddresses(string? list)
    {
        if (string.IsNullOrEmpty(list))
        {
            return [];
        }

        ImmutableArray<IpAddr>.Builder addresses = ImmutableArray.CreateBuilder<IpAddr>();
        foreach (string text in list.Split(',', StringSplitOptions.TrimEntries))
        {
            addresses.Add(IpAddr.TryParse(text, out IpAddr addr)
                ? addr
                : throw new UnusableInputException($"--external: '{text}' is no IP address"));
        }

        return addresses.ToImmutable();
    }
}
