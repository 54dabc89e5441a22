using System.Diagnostics.Metrics;
using NetPolNic.Agent.Hosting;
using NetPolNic.Fallback;
using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Worker;

namespace NetPolNic.Agent.Observability;

/// <summary>Instruments of the fallback's poll loop.</summary>
internal sealed class FallbackMetrics
{
    private readonly IDataPlane _dataPlane;
    private readonly Meter _meter;

    public FallbackMetrics(IMeterFactory factory, IDataPlane dataPlane)
    {
        _dataPlane = dataPlane;
        _meter = AgentMeter.Create(factory);
        _meter.CreateObservableCounter(
            "netpolnic.fallback.forwarded",
            () => _dataPlane.ReadFallback().Decisions.Where(pair => pair.Key != DecisionKind.None)
                .Select(pair => new Measurement<long>((long)pair.Value, new KeyValuePair<string, object?>("kind", AgentMeter.Label(pair.Key)))),
            "{packet}",
            "Packets that the fallback let pass, by what decided; growing is traffic that the NIC does not decide.");
        _meter.CreateObservableCounter(
            "netpolnic.fallback.dropped",
            () => _dataPlane.ReadFallback().Drops.Where(pair => pair.Key != DropReason.None)
                .Select(pair => new Measurement<long>((long)pair.Value, new KeyValuePair<string, object?>("reason", AgentMeter.Label(pair.Key)))),
            "{packet}",
            "Packets that the fallback dropped, by reason; *_denied is policy at work, tx_full and no_mbuf are overload.");
        Counter("connections.opened", "{connection}", "Connections tracked since start.", read => read.ConnectionsOpened);
        Counter(
            "connections.cut", "{connection}", "Connections that a policy change forbade.", read => read.ConnectionsCut);
        Counter(
            "connections.untracked",
            "{connection}",
            "Allowed connections that found no slot: their replies may be dropped; not 0: raise --connections.",
            read => read.ConnectionsUntracked);
        Counter(
            "connections.evicted",
            "{connection}",
            "Half-open or closing connections that made room; growing fast is a flood, or --connections is too low.",
            read => read.ConnectionsEvicted);
        Counter(
            "connections.gone_pods",
            "{connection}",
            "Connections forgotten because their address went to another pod.",
            read => read.ConnectionsOfGonePods);
        Counter(
            "hints.disagreed",
            "{packet}",
            "Packets that the NIC passed and policy denies, dropped by the fallback; growing outside of updates: a wrong rule.",
            read => read.HintsDisagreed);
        Counter("polls", "{poll}", "Polls of the poll loop; standing still means that nothing is forwarded.", read => read.Polls);
        Counter("polls.empty", "{poll}", "Polls that found no packet: the poll loop's reserve.", read => read.EmptyPolls);
        _meter.CreateObservableGauge(
            "netpolnic.fallback.connections",
            () => _dataPlane.ConnectionCount,
            "{connection}",
            "Connections and tombstones tracked now.");
        _meter.CreateObservableGauge(
            "netpolnic.fallback.connections.limit",
            () => _dataPlane.ConnectionCapacity,
            "{connection}",
            "Connections that fit (--connections).");
        _meter.CreateObservableGauge(
            "netpolnic.fallback.loop.since_poll",
            () => _dataPlane.Loops.Select(status => new Measurement<double>(
                status.SincePoll.TotalSeconds,
                new KeyValuePair<string, object?>("loop", status.Index),
                new KeyValuePair<string, object?>("lcore", status.Cpu ?? -1))),
            "s",
            "How long ago each poll loop last polled; more than some milliseconds: it is stuck, or its CPU is taken away.");
        _meter.CreateObservableGauge(
            "netpolnic.fallback.up",
            () => _dataPlane.State == WorkerState.Running ? 1 : 0,
            description: "1: the poll loop runs; 0: nothing is forwarded.");
    }

    private void Counter(string name, string unit, string description, Func<FallbackCounters, ulong> read) =>
        _meter.CreateObservableCounter(
            $"netpolnic.fallback.{name}", () => (long)read(_dataPlane.ReadFallback()), unit, description);
}
