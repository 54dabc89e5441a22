using System.CommandLine;
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
            FlowQuestion asked = FlowQuestion.Of(
                state,
                parsed.GetRequiredValue(from),
                parsed.GetRequiredValue(to),
                parsed.GetRequiredValue(protocol),
                parsed.GetValue(port),
                "of the manifests");
            (IpAddr srcAddr, IpAddr dstAddr) = (asked.SrcAddr, asked.DstAddr);
            (byte ipProto, ushort dstL4Port) = (asked.IpProto, asked.DstL4Port);
            FlowDecision decision =
                new PolicyEvaluator(state, mode).Evaluate(srcAddr, dstAddr, ipProto, dstL4Port, nodeName);
            PolicySnapshot snapshot = Inputs.Resolve(state, mode, nodeName, error);
            OffloadPlan plan = OffloadPlanner.Plan(OnlyOf(snapshot, srcAddr, dstAddr), profile, PlanOptions.Default);
            Enforcement enforcement =
                Enforcement.Of(plan, profile, ProbePacket.First(srcAddr, dstAddr, ipProto, dstL4Port));
            Explanation explanation = new(
                asked.Src.Name, srcAddr, asked.Dst.Name, dstAddr, asked.ProtoName, dstL4Port, decision, enforcement, profile.Name);
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
}
