using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using NetPolNic.Agent.Matrix;
using NetPolNic.Agent.Output;
using NetPolNic.Agent.Verify;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Reference;
using Spectre.Console;

namespace NetPolNic.Agent.Commands;

/// <summary><c>netpolnic verify</c>: stock dpdk-testpmd as a witness.</summary>
internal static class VerifyCommand
{
    private const string About = "Let stock dpdk-testpmd check the rules on the emulated NIC.";

    private const string Details =
        """
        testpmd validates and creates each one on the emulated NIC, with one confirmation per
        rule required; then packets of every kind go through it, and what the NIC dropped is compared with the plan and with the
        policy. Status 1 on any difference.
        """;

    public static Command Create()
    {
        Option<string> manifests = CommonOptions.Manifests();
        Option<string?> node = CommonOptions.Node();
        Option<string> nic = CommonOptions.Nic();
        Option<string> isolation = CommonOptions.Isolation();
        Option<string> output = CommonOptions.Output(OutputFormat.Table, OutputFormat.Json);
        Option<string?> reportFile = new("--report")
        {
            Description = "Also write a page for a browser: matrix, rules with counters, what is punted and why.",
            HelpName = "FILE.html",
        };
        Command command = new DetailedCommand("verify", About, Details) { manifests, nic, node, isolation, reportFile, output };
        command.SetAction(async (parsed, cancellation) =>
        {
            // What runs before the first wait is cut short by Ctrl-C without its clean-up.
            await Task.Yield();
            NicCapabilities profile = Inputs.Nic(parsed.GetRequiredValue(nic));
            TextWriter error = parsed.InvocationConfiguration.Error;
            ClusterState state = Inputs.Manifests(parsed.GetRequiredValue(manifests), error);
            string? nodeName = parsed.GetValue(node);
            Inputs.CheckNode(state, nodeName);
            IsolationMode mode = parsed.Mode(isolation);
            OffloadPlan plan =
                OffloadPlanner.Plan(Inputs.Resolve(state, mode, nodeName, error), profile, PlanOptions.Default);
            PolicyEvaluator evaluator = new(state, mode);
            ImmutableArray<VerifyPacket> packets =
                VerifyPackets.Choose(state, evaluator, plan, profile, nodeName);
            VerifyReport report =
                await new VerifyRun(plan, profile, packets).RunAsync(cancellation).ConfigureAwait(false);
            if (parsed.GetValue(reportFile) is { } file)
            {
                MatrixResult matrix = PlannedMatrix.Build(state, evaluator, plan, profile, nodeName);
                await File.WriteAllTextAsync(file, VerifyHtml.Write(report, plan, profile, matrix), cancellation)
                    .ConfigureAwait(false);
            }

            TextWriter writer = parsed.InvocationConfiguration.Output;
            if (parsed.Format(output) == OutputFormat.Json)
            {
                await writer.WriteLineAsync(ToJson(report, profile)).ConfigureAwait(false);
            }
            else
            {
                Print(Inputs.Console(writer), report, profile);
            }

            return report.Differences.IsEmpty ? ExitStatus.Success : ExitStatus.Negative;
        });
        return command;
    }

    private static void Print(IAnsiConsole console, VerifyReport report, NicCapabilities nic)
    {
        foreach (string difference in report.Differences)
        {
            console.MarkupLineInterpolated($"[red]difference[/] {difference}");
        }

        console.MarkupLineInterpolated(
            CultureInfo.InvariantCulture,
            $"dpdk-testpmd on the emulated {nic.Name} NIC: {report.Created} of {report.Rules} rules validated and created");
        console.MarkupLineInterpolated(
            CultureInfo.InvariantCulture,
            $"{report.Packets} packets sent, {report.DroppedByNic} dropped by the NIC, {report.Packets - report.DroppedByNic} left to the fallback");
        console.MarkupLine(report.Differences.IsEmpty
            ? "[green]as planned, and nothing dropped that policy may allow[/]"
            : string.Create(CultureInfo.InvariantCulture, $"[red]{report.Differences.Length} differences[/]"));
    }

    private static string ToJson(VerifyReport report, NicCapabilities nic) => JsonText.Write(json =>
    {
        json.WriteStartObject();
        json.WriteString("nic", nic.Name);
        json.WriteNumber("rules", report.Rules);
        json.WriteNumber("created", report.Created);
        json.WriteNumber("packets", report.Packets);
        json.WriteNumber("droppedByNic", report.DroppedByNic);
        json.WriteStartArray("differences");
        foreach (string difference in report.Differences)
        {
            json.WriteStringValue(difference);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });
}
