using System.CommandLine;
using NetPolNic.Agent.Control;
using NetPolNic.Agent.Control.V1;
using NetPolNic.Agent.Output;
using Spectre.Console;

namespace NetPolNic.Agent.Commands;

/// <summary><c>netpolnic status</c>: what a running agent enforces, and where.</summary>
internal static class StatusCommand
{
    private const string About = "Ask the running agent: policy in force, pods, rules in the NICs with their hits, what is punted and why.";

    private const string Details =
        """
        Asks over the agent's control socket, which only its user may open.

          netpolnic status                              one answer
          netpolnic status --watch                      a view that refreshes, with rates; Ctrl-C ends it
          netpolnic status --pod default/db --rules     one pod, with every rule that concerns it
          netpolnic status -o json | jq .ethPorts       for scripts: docs/status.md has the fields
          netpolnic status --watch -o json              one object per line and second

        Exit status: 0 the policy of every local pod is in force, 1 it is not, 2 no agent answers.
        """;

    public static Command Create()
    {
        Option<string?> socket = CommonOptions.Socket();
        Option<string> output = CommonOptions.Output(OutputFormat.Table, OutputFormat.Json);
        Option<string?> pod = new("--pod")
        {
            Description = "Only this local pod, and the rules, punts and refusals that concern it.",
            HelpName = "NS/NAME",
        };
        Option<int> top = new("--top")
        {
            Description = "Rules with most hits to show; 0 leaves the NIC's counters unread.",
            HelpName = "N",
            DefaultValueFactory = _ => 10,
        };
        Option<bool> rules = new("--rules") { Description = "Show every rule in the NICs, most hits first." };
        Option<bool> punts = new("--punts")
        {
            Description = "Show every region that is left to the fallback, with its lines of policy.",
        };
        Option<bool> watch = new("--watch", "-w") { Description = "Refresh until Ctrl-C." };
        Option<double> interval = new("--interval")
        {
            Description = "Seconds between refreshes, 0.25 to 60.",
            HelpName = "S",
            DefaultValueFactory = _ => 1,
        };
        Command command = new DetailedCommand("status", About, Details)
        {
            pod, top, rules, punts, watch, interval, socket, output,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            // What runs before the first wait is cut short by Ctrl-C without its clean-up.
            await Task.Yield();
            StatusRequest request = new() { Pod = parsed.GetValue(pod) ?? "", Top = (uint)AtLeast0(parsed.GetValue(top)) };
            OutputFormat format = parsed.Format(output);
            using ControlClient client = LiveAgent.Connect(parsed.GetValue(socket));
            TextWriter writer = parsed.InvocationConfiguration.Output;
            TextWriter error = parsed.InvocationConfiguration.Error;
            return await LiveAgent.AskAsync(async () =>
            {
                if (!parsed.GetValue(watch))
                {
                    StatusReply status = await ReadAsync(
                        client, request, parsed.GetValue(rules), parsed.GetValue(punts), cancellation).ConfigureAwait(false);
                    Print(writer, status, format, parsed.GetValue(rules));
                    return status.Agent.Ready ? ExitStatus.Success : ExitStatus.Negative;
                }

                if (parsed.GetValue(rules) || parsed.GetValue(punts))
                {
                    throw new UnusableInputException("--rules and --punts are for one answer; with --watch, --top N shows more rules");
                }

                WatchStatusRequest asked = new() { Status = request, IntervalMs = IntervalMs(parsed.GetValue(interval)) };
                StatusWatch view = new(client, asked, error, TimeProvider.System);
                await WatchAsync(view, writer, format, cancellation).ConfigureAwait(false);
                return ExitStatus.Success;
            }).ConfigureAwait(false);
        });
        return command;
    }

    /// <summary>One answer, with all rules and all regions where asked for.</summary>
    internal static async Task<StatusReply> ReadAsync(
        ControlClient client, StatusRequest request, bool allRules, bool allPunts, CancellationToken cancellation)
    {
        request.Top = allRules ? 0 : request.Top;
        StatusReply status = await client.StatusAsync(request, cancellation).ConfigureAwait(false);
        if (allRules)
        {
            List<NicRule> rules = [];
            await foreach (NicRule rule in client.RulesAsync(new RulesRequest { Pod = request.Pod }, cancellation).ConfigureAwait(false))
            {
                rules.Add(rule);
            }

            status.Rules.AddRange(rules.OrderByDescending(rule => rule.Hits));
        }

        if (allPunts)
        {
            await foreach (PuntedRegion punt in client.PuntsAsync(new PuntsRequest { Pod = request.Pod }, cancellation).ConfigureAwait(false))
            {
                status.PuntedRegions.Add(punt);
            }
        }

        return status;
    }

    private static void Print(TextWriter writer, StatusReply status, OutputFormat format, bool allRules)
    {
        if (format == OutputFormat.Json)
        {
            writer.WriteLine(MessageJson.Write(status));
        }
        else
        {
            StatusText.Write(Inputs.Console(writer), status, rates: null, allRules);
        }
    }

    private static Task WatchAsync(StatusWatch view, TextWriter writer, OutputFormat format, CancellationToken cancellation)
    {
        if (format == OutputFormat.Json)
        {
            return view.WriteJsonAsync(writer, cancellation);
        }

        if (!Inputs.IsTerminal(writer))
        {
            throw new UnusableInputException("--watch needs a terminal; into a pipe or file, --watch -o json writes a line per answer");
        }

        ColorSystemSupport colours = Inputs.IsColourWanted ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors;
        return view.ShowAsync(writer, () => (Console.WindowWidth, Console.WindowHeight), colours, cancellation);
    }

    private static int AtLeast0(int top) =>
        top >= 0 ? top : throw new UnusableInputException("--top: 0 or more");

    private static uint IntervalMs(double seconds) => seconds is >= 0.25 and <= 60
        ? (uint)(seconds * 1000)
        : throw new UnusableInputException("--interval: 0.25 to 60 seconds");
}
