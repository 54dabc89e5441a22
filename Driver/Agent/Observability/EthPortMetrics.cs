using System.Diagnostics.Metrics;
using Dpdk.Ethdev;
using NetPolNic.Agent.Hosting;
using NetPolNic.Fallback;
using NetPolNic.Fallback.Decision;

namespace NetPolNic.Agent.Observability;

/// <summary>Instruments of each EthPort, by its device name.</summary>
internal sealed class EthPortMetrics
{
    private readonly IDataPlane _dataPlane;
    private readonly Meter _meter;

    public EthPortMetrics(IMeterFactory factory, IDataPlane dataPlane)
    {
        _dataPlane = dataPlane;
        _meter = AgentMeter.Create(factory);
        Counter("packets", "{packet}", "Packets at the port, by direction.", s => s.RxPkts, s => s.TxPkts);
        Counter("bytes", "By", "Bytes at the port, by direction.", s => s.RxBytes, s => s.TxBytes);
        Counter(
            "errors",
            "{packet}",
            "Packets received broken or not sent; growing is a fault of cable, switch or NIC.",
            s => s.RxErrors,
            s => s.TxErrors);
        _meter.CreateObservableCounter(
            "netpolnic.ethport.missed",
            () => Read(i => [One((long)_dataPlane.ReadEthStats(i).RxMissed, i)]),
            "{packet}",
            "Packets the NIC lost because the poll loop did not fetch them in time; growing means overload.");
        _meter.CreateObservableCounter(
            "netpolnic.ethport.dropped",
            () => Read(Drops),
            "{packet}",
            "Packets of the port that the fallback dropped, by reason.");
    }

    private void Counter(
        string name, string unit, string description, Func<EthStats, ulong> received, Func<EthStats, ulong> sent) =>
        _meter.CreateObservableCounter(
            $"netpolnic.ethport.{name}",
            () => Read(i =>
            {
                EthStats stats = _dataPlane.ReadEthStats(i);
                return
                [
                    One((long)received(stats), i, ("direction", "receive")),
                    One((long)sent(stats), i, ("direction", "transmit")),
                ];
            }),
            unit,
            description);

    private List<Measurement<long>> Drops(int ethPort)
    {
        List<Measurement<long>> drops = [];
        FallbackPortCounters counters = _dataPlane.ReadFallbackPorts()[ethPort];
        foreach ((DropReason reason, ulong count) in counters.Drops)
        {
            if (reason != DropReason.None)
            {
                drops.Add(One((long)count, ethPort, ("reason", AgentMeter.Label(reason))));
            }
        }

        return drops;
    }

    private IEnumerable<Measurement<long>> Read(Func<int, IEnumerable<Measurement<long>>> read) =>
        Enumerable.Range(0, _dataPlane.Ports.Count).SelectMany(read);

    private Measurement<long> One(long value, int ethPort, (string Name, string Value)? label = null)
    {
        KeyValuePair<string, object?> device = new("device", _dataPlane.Ports[ethPort].Device);
        return label is { } given
            ? new Measurement<long>(value, device, new KeyValuePair<string, object?>(given.Name, given.Value))
            : new Measurement<long>(value, device);
    }
}
