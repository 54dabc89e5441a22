using NetPolNic.Agent.Commands;
using NetPolNic.Agent.Control.V1;
using NetPolNic.Agent.Hosting;
using NetPolNic.Agent.Packets;
using NetPolNic.Fallback;
using NetPolNic.Fallback.Switching;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Reference;

namespace NetPolNic.Agent.Control;

/// <summary>Follows one packet through what the agent knows, wants and has: policy, NIC, fallback.</summary>
internal sealed class LiveExplainer(
    ClusterState state,
    AgentView view,
    OffloadPlan plan,
    IReadOnlyList<PortTable> tables,
    NicCapabilities nic,
    AgentOptions options)
{
    private const byte EchoRequest = 8;
    private const byte Echo6Request = 128;
    private const byte Ack = 0x10;

    /// <summary>Answers; the data plane is asked for the fallback's part only.</summary>
    /// <exception cref="UnanswerableException">An end is unknown, or protocol and port do not fit.</exception>
    public ExplainReply Explain(ExplainRequest request, IDataPlane dataPlane)
    {
        FlowQuestion asked = Question(request);
        FlowDecision decision = new PolicyEvaluator(state, options.Isolation)
            .Evaluate(asked.SrcAddr, asked.DstAddr, asked.IpProto, asked.DstL4Port, options.Node);
        ExplainReply reply = new()
        {
            From = asked.Src.Name,
            FromIp = asked.SrcAddr.ToString(),
            To = asked.Dst.Name,
            ToIp = asked.DstAddr.ToString(),
            Protocol = asked.ProtoName,
            Verdict = Word(decision.Combined),
            SameEndpoint = decision.IsSelf,
            Egress = Side(decision.Egress),
            Ingress = Side(decision.Ingress),
            Policy = StatusMessages.Policy(view),
        };
        if (asked.DstL4Port != 0)
        {
            reply.Port = asked.DstL4Port;
        }

        if (request.HasSourcePort)
        {
            reply.SourcePort = request.SourcePort;
        }

        ProbePacket packet = Packet(asked, request.HasSourcePort ? (ushort)request.SourcePort : null);
        bool fromLocal = IsLocal(asked.SrcAddr);
        reply.Nic.AddRange(tables.Select(table => NicTrace.Of(table, plan, nic, packet.ToHeaders(), Enters(table, fromLocal))));
        FallbackProbe probe = new(
            packet.Src, packet.Dst, packet.IpProto, packet.SrcL4Port, packet.DstL4Port, packet.TcpFlags, packet.IcmpType);
        reply.Fallback = Trace(dataPlane, probe);
        reply.Differences.AddRange(Differences(reply, request.HasSourcePort));
        return reply;
    }

    private FlowQuestion Question(ExplainRequest request)
    {
        if ((request.HasPort && request.Port > ushort.MaxValue) ||
            (request.HasSourcePort && request.SourcePort is 0 or > ushort.MaxValue))
        {
            throw new UnanswerableException("ports are 1 to 65535");
        }

        try
        {
            return FlowQuestion.Of(
                state,
                request.From,
                request.To,
                request.Protocol,
                request.HasPort ? (ushort)request.Port : null,
                "that the agent knows");
        }
        catch (UnusableInputException problem)
        {
            throw new UnanswerableException(problem.Message, problem);
        }
    }

    private static ProbePacket Packet(FlowQuestion asked, ushort? srcL4Port)
    {
        ProbePacket first = ProbePacket.First(asked.SrcAddr, asked.DstAddr, asked.IpProto, asked.DstL4Port) with
        {
            IcmpType = asked.SrcAddr.Family == IpFamily.V4 ? EchoRequest : Echo6Request,
        };
        return srcL4Port is { } port
            ? first with { SrcL4Port = port, TcpFlags = asked.IpProto == (byte)L4Proto.Tcp ? Ack : (byte)0 }
            : first;
    }

    private bool IsLocal(IpAddr addr) => view.Snapshot.Endpoints.Any(endpoint => endpoint.Addresses.Contains(addr));

    private static bool Enters(PortTable table, bool fromLocal) => (table.Port.Role == PortRole.Pod) == fromLocal;

    private static FallbackDecision? Trace(IDataPlane dataPlane, FallbackProbe probe)
    {
        try
        {
            return FallbackMessages.Of(dataPlane.Trace(probe), probe);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    private IEnumerable<string> Differences(ExplainReply reply, bool isConnection)
    {
        foreach (string missing in view.Missing)
        {
            yield return $"not in force: {missing}";
        }

        bool allowed = reply.Verdict == "allow";
        foreach (NicDecision port in reply.Nic)
        {
            if (port.Difference.Length > 0)
            {
                yield return FormattableString.Invariant($"EthPort {port.EthPort}: {port.Difference}");
            }

            if (port.Verdict == "DROP" && (allowed || reply.Fallback is { Decision: "pass" }))
            {
                yield return FormattableString.Invariant($"EthPort {port.EthPort}: its NIC drops what policy allows");
            }
        }

        if (reply.Fallback is null)
        {
            yield return "the fallback's poll loop does not answer";
        }
        else if (!isConnection && (reply.Fallback.Decision == "pass") != allowed)
        {
            yield return allowed
                ? $"the fallback drops it ({reply.Fallback.Reason}), policy allows it"
                : $"the fallback lets it pass ({reply.Fallback.Reason}), policy denies it";
        }
    }

    private static SideDecision Side(DirectionDecision side)
    {
        SideDecision message = new()
        {
            Verdict = Word(side.Verdict),
            Reason = side.Reason.ToString(),
            Isolated = side.IsIsolated,
            Explanation = side.Explanation,
        };
        message.IsolatedBy.AddRange(RuleMessages.Lines(side.IsolatedBy));
        message.AllowedBy.AddRange(RuleMessages.Lines(side.AllowedBy));
        return message;
    }

    private static string Word(Verdict verdict) => verdict == Verdict.Allow ? "allow" : "deny";
}
