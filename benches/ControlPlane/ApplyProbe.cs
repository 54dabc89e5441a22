using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace NetPolNic.Benches.ControlPlane;

/// <summary>Listens to the agent's own instruments: every measurement, not its histogram.</summary>
internal sealed class ApplyProbe : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<(long At, double Seconds)> _inForce = new();
    private long _events;
    private long _batches;

    public ApplyProbe()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name is "netpolnic.event.to.in_force" or "netpolnic.apply.events")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<double>(
            (_, seconds, _, _) => _inForce.Enqueue((Stopwatch.GetTimestamp(), seconds)));
        _listener.SetMeasurementEventCallback<long>((_, events, _, _) =>
        {
            Interlocked.Add(ref _events, events);
            Interlocked.Increment(ref _batches);
        });
        _listener.Start();
    }

    /// <summary>Events that the apply loop took in.</summary>
    public long EventCount => Interlocked.Read(ref _events);

    public long BatchCount => Interlocked.Read(ref _batches);

    /// <summary>From the arrival of a batch's oldest event until NIC and fallback enforced it.</summary>
    public IEnumerable<double> InForceSeconds => _inForce.Select(sample => sample.Seconds);

    /// <summary>From the arrival of the first event until the last change was in force.</summary>
    public double DrainSeconds
    {
        get
        {
            (long At, double Seconds)[] samples = [.. _inForce];
            return samples.Length == 0
                ? double.NaN
                : Stopwatch.GetElapsedTime(samples[0].At, samples[^1].At).TotalSeconds + samples[0].Seconds;
        }
    }

    public void Clear()
    {
        _inForce.Clear();
        Interlocked.Exchange(ref _events, 0);
        Interlocked.Exchange(ref _batches, 0);
    }

    public void Dispose() => _listener.Dispose();
}
