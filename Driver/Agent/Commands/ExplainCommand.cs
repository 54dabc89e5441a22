using System.CommandLine;
using System.Globalization;
using NetPolNic.Agent.Control;
using NetPolNic.Agent.Control.V1;
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
    private const string About = "Say why a connection passes or not, and where that is enforced.";

    private const string Details =
        """
        By manifests, for a NIC profile; or with --live by the running agent: policy, the rule that its NIC really
        holds with its hits, and what its fallback would do now.

          netpolnic explain -f examples/seed --from default/frontend --to default/db --port 6379
          netpolnic explain -f examples/seed default/frontend default/db tcp/6379        the same
          netpolnic explain --live default/frontend default/db tcp/6379
          netpolnic explain --live 203.0.113.7 default/db icmp -o json
          netpolnic explain --live default/frontend default/db tcp/6379 --source-port 40112

        Exit status: 0 policy allows it, 1 policy denies it, 2 the question or the agent is unusable.
        """;

    public static Command Create()
    {
        Question question = new();
        Option<string?> manifests = new("--manifests", "-f")
        {
            Description = "Folder of manifests (YAML or JSON, searched recursively), or - for stdin.",
            HelpName = "DIR",
        };
        Option<bool> live = new("--live") { Description = "Ask the running agent instead of manifests." };
        Option<string?> socket = CommonOptions.Socket();
        Option<ushort?> sourcePort = new("--source-port")
        {
            Description = "With --live: ask about a packet of the connection from this port, not about a first packet.",
            HelpName = "N",
        };
        Option<string?> node = CommonOptions.Node();
        Option<string> nic = CommonOptions.Nic();
        Option<string> isolation = CommonOptions.Isolation();
        Option<string> output = CommonOptions.Output(OutputFormat.Table, OutputFormat.Json);
        Command command = new DetailedCommand("explain", About, Details)
        {
            question.FromWord, question.ToWord, question.WhatWord,
            manifests, live, question.From, question.To, question.Protocol, question.L4Port, sourcePort, nic, node,
            isolation, socket, output,
        };
        command.Validators.Add(result =>
        {
            bool isLive = result.GetValue(live);
            if (!isLive && result.GetResult(manifests) is null)
            {
                result.AddError("Option '--manifests' is required.");
            }

            Option[] foreign = isLive ? [manifests, node, nic, isolation] : [socket, sourcePort];
            foreach (Option option in foreign.Where(option => result.GetResult(option) is { Implicit: false }))
            {
                result.AddError(isLive
                    ? $"{option.Name} does not go with --live: the agent has its own."
                    : $"{option.Name} goes with --live only.");
            }
        });
        command.SetAction(async (parsed, cancellation) =>
        {
            (string from, string to, string protocol, ushort? port) = question.Read(parsed);
            if (!parsed.GetValue(live))
            {
                ClusterState state = Inputs.Manifests(parsed.GetRequiredValue(manifests)!, parsed.InvocationConfiguration.Error);
                FlowQuestion asked = FlowQuestion.Of(state, from, to, protocol, port, "of the manifests");
                return ByManifests(
                    parsed, state, asked, Inputs.Nic(parsed.GetRequiredValue(nic)), parsed.GetValue(node),
                    parsed.Mode(isolation), parsed.Format(output));
            }

            ExplainRequest request = new() { From = from, To = to, Protocol = protocol };
            if (port is { } dstL4Port)
            {
                request.Port = dstL4Port;
            }

            if (parsed.GetValue(sourcePort) is { } srcL4Port)
            {
                request.SourcePort = srcL4Port;
            }

            using ControlClient client = LiveAgent.Connect(parsed.GetValue(socket));
            return await LiveAgent.AskAsync(async () =>
            {
                ExplainReply reply = await client.ExplainAsync(request, cancellation).ConfigureAwait(false);
                PrintLive(parsed.InvocationConfiguration.Output, reply, parsed.Format(output));
                return reply.Verdict == "allow" ? ExitStatus.Success : ExitStatus.Negative;
            }).ConfigureAwait(false);
        });
        return command;
    }

    private static int ByManifests(
        ParseResult parsed,
        ClusterState state,
        FlowQuestion asked,
        NicCapabilities profile,
        string? nodeName,
        IsolationMode mode,
        OutputFormat format)
    {
        Inputs.CheckNode(state, nodeName);
        (IpAddr srcAddr, IpAddr dstAddr) = (asked.SrcAddr, asked.DstAddr);
        FlowDecision decision =
            new PolicyEvaluator(state, mode).Evaluate(srcAddr, dstAddr, asked.IpProto, asked.DstL4Port, nodeName);
        PolicySnapshot snapshot = Inputs.Resolve(state, mode, nodeName, parsed.InvocationConfiguration.Error);
        OffloadPlan plan = OffloadPlanner.Plan(OnlyOf(snapshot, srcAddr, dstAddr), profile, PlanOptions.Default);
        Enforcement enforcement =
            Enforcement.Of(
                plan,
                profile,
                ProbePacket.First(srcAddr, dstAddr, asked.IpProto, asked.DstL4Port),
                decision.Combined == Verdict.Allow);
        Explanation explanation = new(
            asked.Src.Name, srcAddr, asked.Dst.Name, dstAddr, asked.ProtoName, asked.DstL4Port, decision, enforcement,
            profile.Name);
        TextWriter writer = parsed.InvocationConfiguration.Output;
        if (format == OutputFormat.Json)
        {
            writer.WriteLine(explanation.ToJson());
        }
        else
        {
            explanation.WriteTo(Inputs.Console(writer));
        }

        return decision.Combined == Verdict.Allow ? ExitStatus.Success : ExitStatus.Negative;
    }

    private static void PrintLive(TextWriter writer, ExplainReply reply, OutputFormat format)
    {
        if (format == OutputFormat.Json)
        {
            writer.WriteLine(MessageJson.Write(reply));
        }
        else
        {
            LiveExplanation.Write(Inputs.Console(writer), reply);
        }
    }

    // Rules of other pods match other addresses: they cannot meet this connection's packets.
    private static PolicySnapshot OnlyOf(PolicySnapshot snapshot, IpAddr src, IpAddr dst) => snapshot with
    {
        Endpoints =
        [
            .. snapshot.Endpoints.Where(endpoint => endpoint.Addresses.Contains(src) || endpoint.Addresses.Contains(dst)),
        ],
    };

    /// <summary>Which connection: three words, or an option in place of each.</summary>
    private sealed class Question
    {
        public Argument<string?> FromWord { get; } = Word("FROM", "Who opens the connection: namespace/pod, or an address.");

        public Argument<string?> ToWord { get; } = Word("TO", "To whom: namespace/pod, or an address.");

        public Argument<string?> WhatWord { get; } = Word("PROTO/PORT", "For example tcp/80, 53/udp, icmp, or a port of TCP.");

        public Option<string?> From { get; } = new("--from") { Description = "In place of FROM.", HelpName = "X" };

        public Option<string?> To { get; } = new("--to") { Description = "In place of TO.", HelpName = "Y" };

        public Option<string?> Protocol { get; } = new("--protocol")
        {
            Description = "TCP, UDP, SCTP, ICMP, or an IP protocol number [TCP].",
            HelpName = "NAME",
        };

        public Option<ushort?> L4Port { get; } = new("--port")
        {
            Description = "Destination port of TCP, UDP or SCTP, 1 to 65535.",
            HelpName = "N",
        };

        public (string From, string To, string Protocol, ushort? L4Port) Read(ParseResult parsed)
        {
            // With options for the ends, a single word is the protocol and port.
            string?[] words = [parsed.GetValue(FromWord), parsed.GetValue(ToWord), parsed.GetValue(WhatWord)];
            Queue<string> left = new(words.OfType<string>());
            string from = parsed.GetValue(From) ?? Next(left, "--from");
            string to = parsed.GetValue(To) ?? Next(left, "--to");
            string? protocol = parsed.GetValue(Protocol);
            ushort? port = parsed.GetValue(L4Port);
            if (left.Count > 1)
            {
                throw new UnusableInputException($"'{left.Last()}' is one word too many");
            }

            if (left.TryDequeue(out string? what))
            {
                if (protocol is not null || port is not null)
                {
                    throw new UnusableInputException($"'{what}' and --protocol or --port both say which packet; give one");
                }

                (protocol, port) = Split(what);
            }

            return (from, to, protocol ?? "TCP", port);
        }

        private static Argument<string?> Word(string name, string about) =>
            new(name) { Description = about, Arity = ArgumentArity.ZeroOrOne };

        private static string Next(Queue<string> left, string option) => left.TryDequeue(out string? word)
            ? word
            : throw new UnusableInputException($"{option}: say who, as namespace/pod or as an address");

        // "tcp/80", "80/tcp", "80", "icmp"; a bare number is a port, as --protocol takes protocols by number.
        private static (string Protocol, ushort? L4Port) Split(string what)
        {
            string[] parts = what.Split('/');
            bool portFirst = ushort.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out ushort first);
            if (parts.Length == 1)
            {
                return portFirst ? ("TCP", first) : (what, null);
            }

            bool portLast = ushort.TryParse(parts[^1], NumberStyles.None, CultureInfo.InvariantCulture, out ushort last);
            return (parts.Length, portFirst, portLast) switch
            {
                (2, _, true) => (parts[0], last),
                (2, true, false) => (parts[1], first),
                _ => throw new UnusableInputException($"'{what}' is no protocol and port; write tcp/80, 53/udp or icmp"),
            };
        }
    }
}
