using NetPolNic.Agent.Control.V1;

namespace NetPolNic.Agent.Output;

/// <summary>How fast counters grow between two answers of one agent.</summary>
internal sealed class StatusRates
{
    private readonly double _seconds;
    private readonly Dictionary<(uint EthPort, string Key), ulong> _hits = [];
    private readonly Dictionary<uint, EthPortStatus> _ports = [];
    private readonly Dictionary<string, ulong> _reasons = [];

    private StatusRates(StatusReply before, double seconds)
    {
        _seconds = seconds;
        foreach (NicRule rule in before.Rules)
        {
            _hits[(rule.EthPort, rule.Key)] = rule.Hits;
        }

        foreach (EthPortStatus port in before.EthPorts)
        {
            _ports[port.Id] = port;
        }

        foreach (ReasonCount count in before.Fallback.Allowed.Concat(before.Fallback.Drops))
        {
            _reasons[count.Reason] = count.Pkts;
        }
    }

    /// <summary>Null where there is nothing to compare with: no earlier answer, or one of another process.</summary>
    public static StatusRates? Between(StatusReply? before, StatusReply now)
    {
        double seconds = before is null ? 0 : (now.TakenAt.ToDateTimeOffset() - before.TakenAt.ToDateTimeOffset()).TotalSeconds;
        return seconds > 0 && Equals(before!.Agent.StartedAt, now.Agent.StartedAt) ? new StatusRates(before, seconds) : null;
    }

    /// <summary>Per second; null for a rule that the earlier answer did not have.</summary>
    public double? Hits(NicRule rule) =>
        _hits.TryGetValue((rule.EthPort, rule.Key), out ulong before) ? PerSecond(before, rule.Hits) : null;

    public double Received(EthPortStatus port) =>
        _ports.TryGetValue(port.Id, out EthPortStatus? before) ? PerSecond(before.RxPkts, port.RxPkts) : 0;

    public double Sent(EthPortStatus port) =>
        _ports.TryGetValue(port.Id, out EthPortStatus? before) ? PerSecond(before.TxPkts, port.TxPkts) : 0;

    public double Packets(ReasonCount reason) => PerSecond(_reasons.GetValueOrDefault(reason.Reason), reason.Pkts);

    private double PerSecond(ulong before, ulong now) => now < before ? 0 : (now - before) / _seconds;
}
