using System.Collections.Immutable;
using NetPolNic.Offload.Apply;
using NetPolNic.Offload.Planning;

namespace NetPolNic.Agent.Observability;

/// <summary>
/// Adds rules' counters up over the time that rules come and go; what a rule counts between the last look and its end is
/// not seen. Apply loop's thread.
/// </summary>
internal sealed class RuleHits
{
    private readonly Dictionary<string, Dictionary<RuleKey, ulong>> _last = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Device, RuleVerdict Verdict), ulong> _totals = [];

    /// <summary>Takes in what a port's rules have counted.</summary>
    public void Add(string device, ImmutableArray<RuleCounters> counters)
    {
        Dictionary<RuleKey, ulong> before = _last.GetValueOrDefault(device) ?? [];
        Dictionary<RuleKey, ulong> now = [];
        foreach (RuleCounters counted in counters)
        {
            if (counted.Counters is not { } value)
            {
                continue;
            }

            ulong seen = before.GetValueOrDefault(counted.Rule.Key);
            ulong more = value.Hits >= seen ? value.Hits - seen : value.Hits; // Made anew: counts from 0.
            now[counted.Rule.Key] = value.Hits;
            (string, RuleVerdict) key = (device, counted.Rule.Verdict);
            _totals[key] = _totals.GetValueOrDefault(key) + more;
        }

        _last[device] = now;
    }

    /// <summary>Packets by device and verdict; what never counted is missing.</summary>
    public ImmutableArray<(string Device, RuleVerdict Verdict, ulong Count)> Totals() =>
        [.. _totals.Select(pair => (pair.Key.Device, pair.Key.Verdict, pair.Value)).Order()];
}
