using System.Collections.Immutable;
using System.Runtime.InteropServices;
using NetPolNic.Fallback.Decision;
using NetPolNic.Offload.Apply;
using NetPolNic.Offload.Planning;
using NetPolNic.Offload.Planning.Budget;
using NetPolNic.Policy.Model;

namespace NetPolNic.Agent.Hosting;

/// <summary>Makes samples of traffic of what NICs and fallback have counted, each since the one before. Apply loop's thread.</summary>
internal sealed class TrafficMeter
{
    private Dictionary<(int EthPortIndex, RuleKey Key), ulong> _last = [];
    private bool _running;

    /// <summary>Nobody takes samples any more; the next one begins anew.</summary>
    public void Pause()
    {
        _running = false;
        _last = [];
    }

    /// <summary>Takes a sample; the first one after a pause only sets the start, and is null.</summary>
    /// <param name="elapsed">Time since the sample before.</param>
    /// <param name="ports">Counters of the rules in each port's NIC.</param>
    /// <param name="denied">What the fallback has denied since the call before.</param>
    public TrafficSample? Take(
        TimeSpan elapsed, IReadOnlyList<ImmutableArray<RuleCounters>> ports, IReadOnlyList<DeniedTallyEntry> denied)
    {
        Dictionary<(int, RuleKey), ulong> now = [];
        Dictionary<RuleKey, RuleHit> hits = [];
        for (int port = 0; port < ports.Count; port++)
        {
            foreach (RuleCounters counted in ports[port])
            {
                if (counted.Rule.Verdict != RuleVerdict.Drop)
                {
                    continue;
                }

                // Made anew, it counts from 0.
                ulong seen = _last.GetValueOrDefault((port, counted.Rule.Key));
                long? packets = counted.Counters is { } value
                    ? (long)(value.Hits >= seen ? value.Hits - seen : value.Hits)
                    : null;
                now[(port, counted.Rule.Key)] = counted.Counters?.Hits ?? 0;
                ref RuleHit hit = ref CollectionsMarshal.GetValueRefOrAddDefault(hits, counted.Rule.Key, out bool known);
                hit = known ? new RuleHit(hit.Packets is null && packets is null ? null : (hit.Packets ?? 0) + (packets ?? 0))
                    : new RuleHit(packets);
            }
        }

        _last = now;
        bool started = !_running;
        _running = true;
        return started ? null : new TrafficSample(elapsed, hits, PairsOf(denied), TotalsOf(denied));
    }

    private static ImmutableArray<DeniedPair> PairsOf(IReadOnlyList<DeniedTallyEntry> denied)
    {
        ImmutableArray<DeniedPair>.Builder pairs = ImmutableArray.CreateBuilder<DeniedPair>(denied.Count);
        foreach (DeniedTallyEntry entry in denied)
        {
            if (entry is { Src: { } src, Dst: { } dst })
            {
                DeniedKind kind = entry.IsFragment ? DeniedKind.Fragment
                    : entry.IsBareSyn ? DeniedKind.BareSyn : DeniedKind.Other;
                pairs.Add(new DeniedPair(src, dst, entry.IpProto, kind, entry.Packets)
                {
                    DeniedBy = entry.Reason switch
                    {
                        DropReason.IngressDenied => Direction.Ingress,
                        DropReason.EgressDenied => Direction.Egress,
                        _ => null,
                    },
                });
            }
        }

        return pairs.ToImmutable();
    }

    private static ImmutableArray<DeniedTotal> TotalsOf(IReadOnlyList<DeniedTallyEntry> denied)
    {
        ImmutableArray<DeniedTotal>.Builder totals = ImmutableArray.CreateBuilder<DeniedTotal>();
        foreach (DeniedTallyEntry entry in denied)
        {
            if (entry is { Src: null, Dst: { } dst })
            {
                totals.Add(new DeniedTotal(dst, Direction.Ingress, entry.Packets));
            }
            else if (entry is { Dst: null, Src: { } src })
            {
                totals.Add(new DeniedTotal(src, Direction.Egress, entry.Packets));
            }
        }

        return totals.ToImmutable();
    }
}
