using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using NetPolNic.Agent.Matrix;
using NetPolNic.Agent.Output;
using NetPolNic.Agent.Packets;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Reference;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Agent.Commands;

/// <summary><c>netpolnic explain</c>: the verdict on one connection, the policy that decided, and where it is enforced.</summary>
internal static class ExplainCommand
{
    public static Command Create()
    {
        Option<string> manifests = CommonOptions.Manifests();
        Option<string?> node = CommonOptions.Node();
        Option<string> nic = CommonOptions.Nic();
        Option<string> isolation = CommonOptions.Isolation();
        Option<string> output = CommonOptions.Output(OutputFormat.Table, OutputFormat.Json);
        Option<string> from = new("--from")
        {
            Description = "Who opens the connection: namespace/pod, or an address.",
            HelpName = "X",
            Required = true,
        };
        Option<string> to = new("--to")
        {
            Description = "To whom: namespace/pod, or an address.",
            HelpName = "Y",
            Required = true,
        };
        Option<string> protocol = new("--protocol")
        {
            Description = "TCP, UDP, SCTP, ICMP, or an IP protocol number.",
            HelpName = "NAME",
            DefaultValueFactory = _ => "TCP",
        };
        Option<ushort?> port = new("--port")
        {
            Description = "Destination port of TCP, UDP or SCTP, 1 to 65535.",
            HelpName = "N",
        };
        Command command = new("explain", "Say why a connection passes or not, and where that is enforced.")
        {
            manifests, from, to, protocol, port, nic, node, isolation, output,
        };
        command.SetAction(parsed =>
        {
            TextWriter error = parsed.InvocationConfiguration.Error;
            NicCapabilities profile = Inputs.Nic(parsed.GetRequiredValue(nic));
            ClusterState state = Inputs.Manifests(parsed.GetRequiredValue(manifests), error);
            string? nodeName = parsed.GetValue(node);
            Inputs.CheckNode(state, nodeName);
            IsolationMode mode = parsed.Mode(isolation);
            MatrixEndpoint src = EndpointOf(state, "--from", parsed.GetRequiredValue(from));
            MatrixEndpoint dst = EndpointOf(state, "--to", parsed.GetRequiredValue(to));
            (IpAddr srcAddr, IpAddr dstAddr) = MatrixEndpoint.CommonFamily(src, dst) ??
                throw new UnusableInputException($"{src.Name} and {dst.Name} share no address family");
            string protoName = parsed.GetRequiredValue(protocol).ToUpperInvariant();
            byte ipProto = ProtocolOf(protoName, srcAddr.Family);
            ushort dstL4Port = PortOf(parsed.GetValue(port), ipProto);
            FlowDecision decision =
                new PolicyEvaluator(state, mode).Evaluate(srcAddr, dstAddr, ipProto, dstL4Port, nodeName);
            PolicySnapshot snapshot = Inputs.Resolve(state, mode, nodeName, error);
            OffloadPlan plan = OffloadPlanner.Plan(OnlyOf(snapshot, srcAddr, dstAddr), profile, PlanOptions.Default);
            Enforcement enforcement =
                Enforcement.Of(plan, profile, ProbePacket.First(srcAddr, dstAddr, ipProto, dstL4Port));
            Explanation explanation = new(
                src.Name, srcAddr, dst.Name, dstAddr, protoName, dstL4Port, decision, enforcement, profile.Name);
            TextWriter writer = parsed.InvocationConfiguration.Output;
            if (parsed.Format(output) == OutputFormat.Json)
            {
                writer.WriteLine(explanation.ToJson());
            }
            else
            {
                explanation.WriteTo(Inputs.Console(writer));
            }

            return decision.Combined == Verdict.Allow ? ExitStatus.Success : ExitStatus.Negative;
        });
        return command;
    }

    // Rules of other pods match other addresses: they cannot meet this connection's packets.
    private static PolicySnapshot OnlyOf(PolicySnapshot snapshot, IpAddr src, IpAddr dst) => snapshot with
    {
        Endpoints =
        [
            .. snapshot.Endpoints.Where(endpoint => endpoint.Addresses.Contains(src) || endpoint.Addresses.Contains(dst)),
        ],
    };

    private static MatrixEndpoint EndpointOf(ClusterState state, string option, string text)
    {
        if (IpAddr.TryParse(text, out IpAddr addr))
        {
            Pod? owner = state.Pods.FirstOrDefault(
                pod => !pod.Terminated && !pod.HostNetwork && pod.Addresses.Contains(addr));
            string name = owner is null ? addr.ToString() : $"{owner.Namespace}/{owner.Name}";
            return new MatrixEndpoint(name, [addr], owner is not null);
        }

        ImmutableArray<MatrixEndpoint> pods = MatrixEndpoints.Of(state, []);
        MatrixEndpoint? found = pods.FirstOrDefault(pod => pod.Name == text);
        if (found is not null)
        {
            return found;
        }

        if (state.Pods.Any(pod => $"{pod.Namespace}/{pod.Name}" == text))
        {
            throw new UnusableInputException($"{option}: the pod {text} has no address (yet, or any more)");
        }

        ImmutableArray<string> near =
            [.. pods.Select(pod => pod.Name).Where(name => name.EndsWith($"/{text.Split('/')[^1]}", StringComparison.Ordinal))];
        string hint = near.IsEmpty ? "" : $"; did you mean {string.Join(" or ", near)}?";
        throw new UnusableInputException($"{option}: '{text}' is neither an address nor a pod (namespace/pod) of the manifests{hint}");
    }

    private static byte ProtocolOf(string name, IpFamily family)
    {
        if (ProtoPort.TryParseProto(name, out L4Proto proto))
        {
            return (byte)proto;
        }

        if (name == "ICMP")
        {
            return family == IpFamily.V4 ? (byte)1 : (byte)58;
        }

        return byte.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out byte number)
            ? number
            : throw new UnusableInputException($"--protocol: '{name}' is not TCP, UDP, SCTP, ICMP or a number from 0 to 255");
    }

    private static ushort PortOf(ushort? port, byte ipProto)
    {
        bool hasPorts = ipProto is (byte)L4Proto.Tcp or (byte)L4Proto.Udp or (byte)L4Proto.Sctp;
        return (hasPorts, port) switch
        {
            (true, null) => throw new UnusableInputException("--port: TCP, UDP and SCTP need one"),
            (true, 0) => throw new UnusableInputException("--port: 0 is no port"),
            (false, not null) => throw new UnusableInputException("--port: only TCP, UDP and SCTP have ports"),
            _ => port ?? 0,
        };
    }
}
