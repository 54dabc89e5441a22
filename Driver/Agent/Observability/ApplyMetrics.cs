using System.Diagnostics.Metrics;

namespace NetPolNic.Agent.Observability;

/// <summary>Instruments of the apply loop. The recording members belong to its thread.</summary>
internal sealed class ApplyMetrics
{
    private readonly Histogram<double> _inForce;
    private readonly Histogram<double> _duration;
    private readonly Histogram<long> _batchSize;
    private readonly Counter<long> _events;
    private readonly Counter<long> _failures;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _rebuilds;

    public ApplyMetrics(IMeterFactory factory)
    {
        Meter meter = AgentMeter.Create(factory);
        _inForce = meter.CreateHistogram(
            "netpolnic.event.to.in_force",
            "s",
            "Time from the arrival of the oldest event of a batch until NIC and fallback enforce it.",
            advice: AgentMeter.Latency);
        _duration = meter.CreateHistogram(
            "netpolnic.apply.duration",
            "s",
            "Time one round took to resolve, plan and put a policy in force.",
            advice: AgentMeter.Latency);
        _batchSize = meter.CreateHistogram(
            "netpolnic.apply.batch.size",
            "{object}",
            "Objects that one round took in; more than a few means that events come faster than they are applied.",
            advice: AgentMeter.Sizes);
        _events = meter.CreateCounter<long>(
            "netpolnic.apply.events", "{event}", "Events taken in; grows with the cluster's changes.");
        _failures = meter.CreateCounter<long>(
            "netpolnic.apply.failures",
            "{round}",
            "Rounds that failed; not 0 means that a policy came in force late or is still not (see the log).");
        _retries = meter.CreateCounter<long>(
            "netpolnic.apply.retries",
            "{round}",
            "Rounds that asked a NIC again for rules it had refused or kept; not 0 means that the fallback decided more.");
        _rebuilds = meter.CreateCounter<long>(
            "netpolnic.apply.resolver.rebuilds",
            "{rebuild}",
            "Times that the resolver failed and began anew; not 0 is a defect of NetPolNic: please report the log.");
    }

    public void Batch(int objects, long events)
    {
        _batchSize.Record(objects);
        _events.Add(events);
    }

    public void Applied(TimeSpan duration, TimeSpan? sinceEvent)
    {
        _duration.Record(duration.TotalSeconds);
        if (sinceEvent is { } since)
        {
            _inForce.Record(since.TotalSeconds);
        }
    }

    public void Failed() => _failures.Add(1);

    public void Retried() => _retries.Add(1);

    public void ResolverRebuilt() => _rebuilds.Add(1);
}
