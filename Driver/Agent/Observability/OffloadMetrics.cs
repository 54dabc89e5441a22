using System.Diagnostics.Metrics;
using NetPolNic.Agent.Hosting;

namespace NetPolNic.Agent.Observability;

/// <summary>
/// Instruments of the rules in the NICs. They belong to the apply loop's thread, which counts them when asked to:
/// <see cref="RefreshAsync"/> before each export.
/// </summary>
internal sealed class OffloadMetrics
{
    /// <summary>How old counts may become before they are taken again: each rule is a request to its NIC.</summary>
    private static readonly TimeSpan s_freshFor = TimeSpan.FromSeconds(2);

    private readonly ApplyLoop _loop;
    private readonly TimeProvider _time;
    private readonly RuleHits _hits = new();
    private NicCensus _census = NicCensus.Empty;
    private long? _takenAt;

    public OffloadMetrics(IMeterFactory factory, ApplyLoop loop, TimeProvider time)
    {
        _loop = loop;
        _time = time;
        Meter meter = AgentMeter.Create(factory);
        meter.CreateObservableGauge(
            "netpolnic.nic.rules",
            () => Census.Rules.Select(rule => new Measurement<int>(
                rule.Count, new("device", rule.Device), new("verdict", AgentMeter.Label(rule.Verdict)))),
            "{rule}",
            "Rules in the NIC, by verdict; drop and pass are decided there, punt and the rest in the fallback.");
        meter.CreateObservableGauge(
            "netpolnic.fallback.regions",
            () => Census.Punts.Select(punt => new Measurement<int>(
                punt.Count, new KeyValuePair<string, object?>("reason", AgentMeter.Label(punt.Reason)))),
            "{region}",
            "Regions of policy left to the fallback, by reason: table_full and rejected_by_driver cost CPU for want of NIC.");
        meter.CreateObservableGauge(
            "netpolnic.nic.rules.refused",
            () => Census.Refused.Select(refused => new Measurement<int>(
                refused.Count, new("device", refused.Device), new("reason", AgentMeter.Label(refused.Reason)))),
            "{rule}",
            "Planned rules that the NIC refuses, by reason; not 0: the fallback decides there, invalid is our defect.");
        meter.CreateObservableGauge(
            "netpolnic.nic.rules.stuck",
            () => Census.Stuck.Select(stuck => new Measurement<int>(
                stuck.Count, new KeyValuePair<string, object?>("device", stuck.Device))),
            "{rule}",
            "Rules that the NIC would not give up; not 0: allowed packets may be dropped, reset the port.");
        meter.CreateObservableGauge(
            "netpolnic.nic.sets.left_out",
            () => Census.Choices.IsLimited ? Census.Choices.Last.LeftOut : 0,
            "{set}",
            "Pods' addresses and directions whose rules do not fit the NIC; not 0: hot ones are chosen by traffic.");
        meter.CreateObservableGauge(
            "netpolnic.nic.pair_drops",
            () => Census.Choices.IsLimited ? Census.Choices.Last.Pairs : 0,
            "{rule}",
            "Rules in the NIC that drop one peer's packets to or from one pod, because its whole set does not fit.");
        meter.CreateObservableCounter(
            "netpolnic.nic.rechoices",
            () => Census.Choices.Choices,
            "{choice}",
            "Looks at the traffic to choose rules for a NIC that is too small.");
        meter.CreateObservableCounter(
            "netpolnic.nic.rechoice.operations",
            () => Census.Choices.Operations,
            "{operation}",
            "Rules created and destroyed on each port because the traffic moved; bounded by RechooseOperations.");
        meter.CreateObservableCounter(
            "netpolnic.nic.packets",
            () => Census.Hits.Select(hits => new Measurement<long>(
                (long)hits.Count, new("device", hits.Device), new("verdict", AgentMeter.Label(hits.Verdict)))),
            "{packet}",
            "Packets that counting rules in the NIC matched, by verdict; drop is policy at work without the CPU.");
    }

    private NicCensus Census => Volatile.Read(ref _census);

    /// <summary>Counts anew, unless that was done just now. Where the loop does not answer, the old counts stay.</summary>
    public async Task RefreshAsync(CancellationToken cancellation)
    {
        try
        {
            await _loop.AskAsync(
                (_, dataPlane, _) =>
                {
                    if (_takenAt is not { } at || _time.GetElapsedTime(at) >= s_freshFor)
                    {
                        Volatile.Write(ref _census, NicCensus.Take(dataPlane, _hits));
                        _takenAt = _time.GetTimestamp();
                    }

                    return true;
                },
                cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // A loop that hangs in an apply, or has ended, must not take the other metrics away.
        }
    }
}
