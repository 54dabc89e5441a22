using System.Text.Json;
using System.Text.Json.Serialization;

namespace NetPolNic.Benches.Datapath.Report;

/// <summary>Everything that was measured, for programs.</summary>
internal static class ReportJson
{
    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public static string Of(MeasurementPlan plan, StallResult? stall) => JsonSerializer.Serialize(
        new
        {
            Machine = Machine.Describe(plan.Options),
            Entrants = plan.Entrants.Select(entrant => new
            {
                entrant.Name,
                Traffic = entrant.Workload.Key,
                entrant.Error,
                entrant.DeniedShare,
                entrant.PolicyBytes,
                Samples = entrant.Samples.Select(sample => new
                {
                    sample.Seconds,
                    sample.Packets,
                    sample.Dropped,
                    sample.Opened,
                    sample.NsPerPacket,
                    sample.Cpu?.Cycles,
                    sample.Cpu?.Instructions,
                    sample.Reasons,
                }),
            }),
            Comparisons = plan.Comparisons.Select(comparison => new
            {
                comparison.What,
                Goal = comparison.GoalText,
                comparison.Value,
                Reached = comparison.IsMet,
            }),
            Stall = stall,
        },
        s_options);
}
