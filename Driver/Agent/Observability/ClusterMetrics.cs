using System.Diagnostics.Metrics;
using NetPolNic.Cluster.Sources;

namespace NetPolNic.Agent.Observability;

/// <summary>Instruments of the source of objects, one value per followed kind.</summary>
internal sealed class ClusterMetrics
{
    private readonly IClusterSource _source;

    public ClusterMetrics(IMeterFactory factory, IClusterSource source, TimeProvider time)
    {
        _source = source;
        Meter meter = AgentMeter.Create(factory);
        meter.CreateObservableGauge(
            "netpolnic.cluster.objects", () => Read(health => health.Objects), "{object}", "Objects known, by kind.");
        meter.CreateObservableCounter(
            "netpolnic.cluster.events", () => Read(health => health.Events), "{event}", "Events received, by kind.");
        meter.CreateObservableCounter(
            "netpolnic.cluster.lists",
            () => Read(health => health.Lists),
            "{list}",
            "Complete lists read, by kind; more than 1 means that a watch could not go on where it had stopped.");
        meter.CreateObservableCounter(
            "netpolnic.cluster.failures",
            () => Read(health => health.Failures),
            "{failure}",
            "Lists and watches that failed, by kind; growing means that the policy in force gets old (see the log).");
        meter.CreateObservableGauge(
            "netpolnic.cluster.contact.age",
            () => Read(health => health.LastContact is { } at ? (time.GetUtcNow() - at).TotalSeconds : double.NaN),
            "s",
            "Time since the source last said anything, by kind; minutes mean that changes may be missed. NaN: never.");
        meter.CreateObservableGauge(
            "netpolnic.cluster.phase",
            () => Enum.GetValues<ReflectorPhase>().SelectMany(phase => _source.Health.Select(health => new Measurement<int>(
                health.Phase == phase ? 1 : 0, new("kind", health.Kind), new("phase", AgentMeter.Label(phase))))),
            description: "1 for what following a kind does now; backing_off: its changes do not arrive.");
    }

    private IEnumerable<Measurement<T>> Read<T>(Func<ReflectorHealth, T> value)
        where T : struct =>
        _source.Health.Select(health => new Measurement<T>(value(health), new KeyValuePair<string, object?>("kind", health.Kind)));
}
