using System.Collections.Immutable;
using Dpdk.Flow;
using NetPolNic.Agent.Hosting;
using NetPolNic.Agent.Output;
using NetPolNic.Offload.Apply;
using NetPolNic.Offload.Planning;

namespace NetPolNic.Agent.Observability;

/// <summary>Counts of what is in the NICs and what is not. Immutable.</summary>
/// <param name="Rules">Rules that a port's NIC holds, by device and verdict.</param>
/// <param name="Punts">Regions left to the fallback, by reason.</param>
/// <param name="Refused">Rules that a port's NIC refuses, by device and reason.</param>
/// <param name="Stuck">Rules that a port's NIC should not hold, by device.</param>
/// <param name="Hits">Packets that rules matched since start, by device and verdict.</param>
/// <param name="Choices">What choosing rules by traffic has come to.</param>
internal sealed record NicCensus(
    ImmutableArray<(string Device, RuleVerdict Verdict, int Count)> Rules,
    ImmutableArray<(PuntReason Reason, int Count)> Punts,
    ImmutableArray<(string Device, RejectReason Reason, int Count)> Refused,
    ImmutableArray<(string Device, int Count)> Stuck,
    ImmutableArray<(string Device, RuleVerdict Verdict, ulong Count)> Hits,
    TableChoices Choices)
{
    public static NicCensus Empty { get; } = new([], [], [], [], [], TableChoices.None);

    /// <summary>Counts. Apply loop's thread.</summary>
    /// <param name="dataPlane">What to count.</param>
    /// <param name="hits">Remembers what each rule had counted.</param>
    public static NicCensus Take(IDataPlane dataPlane, RuleHits hits)
    {
        var rules = ImmutableArray.CreateBuilder<(string, RuleVerdict, int)>();
        var refused = ImmutableArray.CreateBuilder<(string, RejectReason, int)>();
        var stuck = ImmutableArray.CreateBuilder<(string, int)>();
        for (int i = 0; i < dataPlane.Reports.Length; i++)
        {
            string device = dataPlane.Ports[i].Device;
            ImmutableArray<RuleCounters> counters = dataPlane.ReadRuleCounters(i);
            hits.Add(device, counters);
            foreach (RuleVerdict verdict in Enum.GetValues<RuleVerdict>())
            {
                rules.Add((device, verdict, counters.Count(counted => counted.Rule.Verdict == verdict)));
            }

            ApplyReport report = dataPlane.Reports[i];
            foreach (RejectReason reason in Enum.GetValues<RejectReason>())
            {
                refused.Add((device, reason, report.Refused.Count(rule => rule.Rejection.Reason == reason)));
            }

            stuck.Add((device, report.Stuck.Length));
        }

        Dictionary<PuntReason, int> punts = dataPlane.Plan.Punts
            .Concat(dataPlane.Reports.SelectMany(RuleUsers.Of(dataPlane.Plan.Rules).PuntsOf))
            .CountBy(punt => punt.Reason).ToDictionary();
        return new NicCensus(
            rules.ToImmutable(),
            [.. Enum.GetValues<PuntReason>().Select(reason => (reason, punts.GetValueOrDefault(reason)))],
            refused.ToImmutable(),
            stuck.ToImmutable(),
            hits.Totals(),
            dataPlane.Choices);
    }
}
