using System.Globalization;
using System.Text;
using NetPolNic.Benches.Datapath.Contestants;
using NetPolNic.Benches.Datapath.Loop;

namespace NetPolNic.Benches.Datapath.Report;

/// <summary>The tables of a run, in Markdown.</summary>
internal static class ReportText
{
    public static string Of(MeasurementPlan plan, StallResult? stall)
    {
        StringBuilder text = new();
        DataPathOptions options = plan.Options;
        text.AppendLine().AppendLine(Machine.Describe(options)).AppendLine();
        AppendEntrants(text, plan);
        text.AppendLine().AppendLine("| what | goal | measured | reached |").AppendLine("|---|---|---|---|");
        foreach (Comparison comparison in plan.Comparisons)
        {
            string value = comparison.Value is { } number ? Figure(number) : "no figure";
            string reached = comparison.IsMet switch { true => "yes", false => "no", _ => "" };
            text.AppendLine(CultureInfo.InvariantCulture, $"| {comparison.What} | {comparison.GoalText} | {value} | {reached} |");
        }

        if (stall is not null)
        {
            AppendStall(text, stall);
        }

        foreach (Entrant entrant in plan.Entrants.Where(entrant => !entrant.HasFigures))
        {
            text.AppendLine().AppendLine(
                CultureInfo.InvariantCulture, $"NO FIGURE: {entrant.Name}, {entrant.Workload}: {entrant.Error}");
        }

        return text.ToString();
    }

    private static void AppendEntrants(StringBuilder text, MeasurementPlan plan)
    {
        bool counts = plan.Entrants.Any(entrant => entrant.Samples.Any(sample => sample.Cpu is not null));
        text.Append("| traffic | data path | Mpps | ns per packet (least–most) |");
        text.Append(counts ? " cycles | instructions |" : "").AppendLine(" dropped (known) |");
        text.Append("|---|---|---|---|").Append(counts ? "---|---|" : "").AppendLine("---|");
        foreach (Entrant entrant in plan.Entrants
            .Where(entrant => entrant.HasFigures)
            .OrderBy(entrant => (entrant.Workload.Family, entrant.Workload.Kind, entrant.Workload.Flows, entrant.Workload.Rules)))
        {
            double ns = entrant.MedianNs;
            text.Append(CultureInfo.InvariantCulture, $"| {entrant.Workload} | {entrant.Name} | {Figure(1e3 / ns)} | {Figure(ns)} (");
            text.Append(Figure(entrant.Samples.Min(sample => sample.NsPerPacket))).Append('–');
            text.Append(Figure(entrant.Samples.Max(sample => sample.NsPerPacket))).Append(") |");
            if (counts)
            {
                text.Append(CultureInfo.InvariantCulture, $" {PerPacket(entrant, cpu => cpu.Cycles)} | {PerPacket(entrant, cpu => cpu.Instructions)} |");
            }

            text.Append(entrant.Decides ? FormattableString.Invariant($" {DroppedShare(entrant):P2} ({entrant.DeniedShare:P2})") : " ");
            string reasons = Entrant.Reasons(entrant.Samples[^1]);
            text.AppendLine(reasons.Length > 0 ? $": {reasons} |" : " |");
        }
    }

    private static void AppendStall(StringBuilder text, StallResult stall)
    {
        double swaps = stall.Churn.Swaps / stall.Churn.Seconds;
        double megabytes = stall.Churn.Bytes / stall.Churn.Seconds / 1e6;
        text.AppendLine().AppendLine(CultureInfo.InvariantCulture,
            $"At 70 % of the highest rate ({Figure(stall.OfferedPps / 1e6)} Mpps into queues of {PacedPorts.QueueLength}), {stall.Churn.Seconds:F0} s, {swaps:F0} snapshots and {megabytes:F0} MB allocated a second:");
        text.AppendLine().AppendLine("| what | goal | without churn | with churn | reached |").AppendLine("|---|---|---|---|---|");
        text.AppendLine(CultureInfo.InvariantCulture,
            $"| packets lost | 0 | {stall.Quiet.Lost} of {stall.Quiet.Taken + stall.Quiet.Lost} | {stall.Rounds.Lost} of {stall.Rounds.Taken + stall.Rounds.Lost} | {(stall.Rounds.Lost == 0 ? "yes" : "no")} |");
        double queueUs = 1e6 * PacedPorts.QueueLength / (stall.OfferedPps / 2);
        text.AppendLine(CultureInfo.InvariantCulture,
            $"| of these in rounds longer than a queue lasts ({queueUs:F0} µs) | | {stall.Quiet.LostLate} | {stall.Rounds.LostLate} | |");
        text.AppendLine(CultureInfo.InvariantCulture,
            $"| p99.99 of a round, µs | ≤ 200 | {stall.Quiet.P9999Ns / 1e3:F1} | {stall.Rounds.P9999Ns / 1e3:F1} | {(stall.Rounds.P9999Ns <= 200_000 ? "yes" : "no")} |");
        text.AppendLine(CultureInfo.InvariantCulture,
            $"| median, p99, longest round, µs | | {stall.Quiet.MedianNs / 1e3:F1}, {stall.Quiet.P99Ns / 1e3:F1}, {stall.Quiet.MaxNs / 1e3:F1} | {stall.Rounds.MedianNs / 1e3:F1}, {stall.Rounds.P99Ns / 1e3:F1}, {stall.Rounds.MaxNs / 1e3:F1} | |");
        text.AppendLine(CultureInfo.InvariantCulture,
            $"| packets denied by mistake | 0 | | {stall.DroppedShare:P4} | {(stall.DroppedShare == 0 ? "yes" : "no")} |");
        text.AppendLine(CultureInfo.InvariantCulture,
            $"| a thread that only reads the clock, alone on that CPU: time in pauses over {Standstill.PauseUs} µs; longest | | {stall.Standstill.Share:P2}; {stall.Standstill.LongestUs:F0} µs | | |");
        text.AppendLine(CultureInfo.InvariantCulture, $"| collections of the agent's runtime | | | {stall.Churn.Collections} | |");
    }

    private static string PerPacket(Entrant entrant, Func<(long Cycles, long Instructions), long> of)
    {
        double[] values =
            [.. entrant.Samples.Where(sample => sample.Cpu is not null).Select(sample => (double)of(sample.Cpu!.Value) / sample.Packets)];
        return values.Length == 0 ? "" : Figure(Entrant.Median(values));
    }

    private static double DroppedShare(Entrant entrant) => Entrant.Median(entrant.Samples.Select(sample => sample.DroppedShare));

    private static string Figure(double value) => value.ToString(value >= 100 ? "F0" : value >= 10 ? "F1" : "F2", CultureInfo.InvariantCulture);
}
