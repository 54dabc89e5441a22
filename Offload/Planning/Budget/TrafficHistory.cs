using System.Runtime.InteropServices;
using NetPolNic.Policy.Model;

namespace NetPolNic.Offload.Planning.Budget;

/// <summary>
/// Decayed rates of what units and pairs drop in the NIC, or would. What the NIC drops for a unit no longer reaches the
/// fallback: one number follows it through both places, so that a rule's benefit is the same before and after it is placed.
/// </summary>
internal sealed class TrafficHistory
{
    private const int Kinds = 3;

    private readonly BudgetOptions _options;
    private readonly Dictionary<UnitKey, TrafficRate> _units = [];
    private readonly Dictionary<PairKey, TrafficRate[]> _pairs = [];

    internal TrafficHistory(BudgetOptions options) => _options = options;

    /// <summary>Pairs that something is known of.</summary>
    internal IEnumerable<PairKey> Pairs => _pairs.Keys;

    /// <summary>Packets a second that a unit's set drops, or would drop.</summary>
    internal double Of(UnitKey unit) => _units.TryGetValue(unit, out TrafficRate? rate) ? rate.PerSecond : 0;

    /// <summary>Packets a second that a drop of the pair drops, or would drop.</summary>
    internal double Of(PairKey pair, PairForm form)
    {
        double sum = 0;
        if (_pairs.TryGetValue(pair, out TrafficRate[]? rates))
        {
            foreach (DeniedKind kind in KindsOf(form))
            {
                sum += rates[(int)kind].PerSecond;
            }
        }

        return sum;
    }

    /// <summary>Takes in what was measured.</summary>
    /// <param name="sample">The measurement.</param>
    /// <param name="sets">Sets that were to be in the table, with the number of sets that need a rule.</param>
    /// <param name="usersOf">How many sets share a rule.</param>
    /// <param name="pairs">Pair drops that were to be in the table.</param>
    /// <param name="drops">What pairs could be dropped by.</param>
    internal void Take(
        TrafficSample sample,
        IEnumerable<RuleSet> sets,
        Func<RuleKey, int> usersOf,
        IEnumerable<PairDrop> pairs,
        PairSource drops)
    {
        double seconds = Math.Max(sample.Elapsed.TotalSeconds, 0.001);
        double weight = Math.Pow(2, -seconds / Math.Max(_options.HalfLife.TotalSeconds, 0.001));
        Dictionary<UnitKey, double> byPairs = TakePairs(sample, pairs, drops, weight, seconds);
        TakeUnits(sample, sets, usersOf, byPairs, weight, seconds);
        Forget();
    }

    private static ReadOnlySpan<DeniedKind> KindsOf(PairForm form) => form switch
    {
        PairForm.Header => [DeniedKind.Other, DeniedKind.BareSyn, DeniedKind.Fragment],
        PairForm.L4 => [DeniedKind.Other, DeniedKind.BareSyn],
        _ => [DeniedKind.BareSyn],
    };

    // Packets that the drops of pairs have taken from each unit.
    private Dictionary<UnitKey, double> TakePairs(
        TrafficSample sample, IEnumerable<PairDrop> pairs, PairSource drops, double weight, double seconds)
    {
        // Where a pod's peers are too many to be told one by one, those that are told stand for the others.
        Dictionary<UnitKey, double> told = [];
        foreach (DeniedPair pair in sample.Pairs)
        {
            if (UnitOf(pair) is { } unit)
            {
                told[unit] = told.GetValueOrDefault(unit) + pair.Packets;
            }
        }

        Dictionary<UnitKey, double> totals = sample.Totals.GroupBy(total => new UnitKey(total.Own, total.Direction))
            .ToDictionary(alike => alike.Key, alike => (double)alike.Sum(total => total.Packets));
        Dictionary<PairKey, double[]> denied = [];
        foreach (DeniedPair pair in sample.Pairs)
        {
            if (drops.Widest(PairKey.Of(pair.Src, pair.Dst, pair.Proto)) is { } drop)
            {
                ref double[]? counts = ref CollectionsMarshal.GetValueRefOrAddDefault(denied, drop.Pair, out _);
                double scale = UnitOf(pair) is { } unit ? totals.GetValueOrDefault(unit) / told[unit] : 1;
                (counts ??= new double[Kinds])[(int)pair.Kind] += pair.Packets * Math.Max(1, scale);
                RatesOf(drop.Pair);
            }
        }

        Dictionary<UnitKey, double> dropped = [];
        Dictionary<PairKey, (PairForm Form, double? Packets)> inNic = [];
        foreach (PairDrop pair in pairs)
        {
            if (HitsOf(sample, pair.Set, _ => 1) is { } hits)
            {
                inNic[pair.Pair] = (pair.Form, hits.Packets);
                dropped[pair.Unit] = dropped.GetValueOrDefault(pair.Unit) + (hits.Packets ?? 0);
                RatesOf(pair.Pair);
            }
        }

        double[] none = new double[Kinds];
        foreach ((PairKey key, TrafficRate[] rates) in _pairs)
        {
            double[] left = denied.GetValueOrDefault(key, none);
            bool placed = inNic.TryGetValue(key, out (PairForm Form, double? Packets) nic);
            ReadOnlySpan<DeniedKind> kinds = placed ? KindsOf(nic.Form) : [];
            double sum = placed ? Of(key, nic.Form) : 0;
            for (int kind = 0; kind < Kinds; kind++)
            {
                if (!kinds.Contains((DeniedKind)kind))
                {
                    rates[kind].Estimated(left[kind], 0, weight, seconds);
                }
                else if (nic.Packets is { } packets)
                {
                    // One rule counts all kinds: they share by what each was before.
                    double share = sum > 0 ? rates[kind].PerSecond / sum : (DeniedKind)kind == kinds[^1] ? 1 : 0;
                    rates[kind].Measured(packets * share, left[kind], weight, seconds);
                }
                else
                {
                    rates[kind].Unmeasured(weight);
                }
            }
        }

        return dropped;
    }

    private static UnitKey? UnitOf(DeniedPair pair) => pair.DeniedBy switch
    {
        Direction.Ingress => new UnitKey(pair.Dst, Direction.Ingress),
        Direction.Egress => new UnitKey(pair.Src, Direction.Egress),
        _ => null,
    };

    private void TakeUnits(
        TrafficSample sample,
        IEnumerable<RuleSet> sets,
        Func<RuleKey, int> usersOf,
        Dictionary<UnitKey, double> byPairs,
        double weight,
        double seconds)
    {
        Dictionary<UnitKey, double> denied = [];
        foreach (DeniedTotal total in sample.Totals)
        {
            UnitKey key = new(total.Own, total.Direction);
            denied[key] = denied.GetValueOrDefault(key) + total.Packets;
            RateOf(key);
        }

        Dictionary<UnitKey, double?> inNic = [];
        Dictionary<RuleSet, List<RuleSet>> shared = new(ReferenceEqualityComparer.Instance);
        foreach (RuleSet set in sets)
        {
            if (set.Drops is { } drops)
            {
                ref List<RuleSet>? users = ref CollectionsMarshal.GetValueRefOrAddDefault(shared, drops, out _);
                (users ??= []).Add(set);
            }
            else if (HitsOf(sample, set, usersOf) is { } hits)
            {
                inNic[UnitKey.Of(set)] = hits.Packets;
                RateOf(UnitKey.Of(set));
            }
        }

        foreach ((RuleSet drops, List<RuleSet> users) in shared)
        {
            Divide(sample, drops, users, seconds, inNic);
        }

        foreach (UnitKey key in byPairs.Keys)
        {
            RateOf(key);
        }

        foreach ((UnitKey key, TrafficRate rate) in _units)
        {
            double left = denied.GetValueOrDefault(key);
            if (!inNic.TryGetValue(key, out double? packets))
            {
                rate.Estimated(left, byPairs.GetValueOrDefault(key), weight, seconds);
            }
            else if (packets is { } known)
            {
                rate.Measured(known, left, weight, seconds);
            }
            else
            {
                rate.Unmeasured(weight);
            }
        }
    }

    /// <summary>
    /// Drops that units share count for all of them together, and the way of each unit to them counts all that it may have
    /// dropped. So each unit's part is what it dropped before, as far as as much came its way; what is then too much or too
    /// little is divided by that, or by what else came.
    /// </summary>
    private void Divide(
        TrafficSample sample, RuleSet drops, List<RuleSet> users, double seconds, Dictionary<UnitKey, double?> inNic)
    {
        (double? Packets, int Rules)? dropped = HitsOf(sample, drops, _ => 1);
        List<(UnitKey Unit, double Before, double Came)> known = [];
        foreach (RuleSet user in users)
        {
            if (dropped is null || HitsOf(sample, user, _ => 1) is not { } way)
            {
                continue;
            }

            UnitKey unit = UnitKey.Of(user);
            double before = RateOf(unit).PerSecond * seconds;
            inNic[unit] = null;
            if (dropped.Value.Packets is not null && way.Packets is { } came)
            {
                known.Add((unit, Math.Min(before, came), came));
            }
        }

        double all = dropped?.Packets ?? 0;
        double believed = known.Sum(unit => unit.Before);
        double rest = known.Sum(unit => unit.Came) - believed;
        double part = believed >= all && believed > 0 ? all / believed : 1;
        double more = believed < all && rest > 0 ? Math.Min(1, (all - believed) / rest) : 0;
        foreach ((UnitKey unit, double before, double came) in known)
        {
            inNic[unit] = (before * part) + ((came - before) * more);
        }
    }

    // Null where the set's drops are not in a NIC; packets null where they are and do not count.
    private static (double? Packets, int Rules)? HitsOf(TrafficSample sample, RuleSet set, Func<RuleKey, int> usersOf)
    {
        double packets = 0;
        int counted = 0;
        int found = 0;
        foreach (PlannedRule rule in set.Verdicts)
        {
            if (sample.Hits.TryGetValue(rule.Key, out RuleHit hit))
            {
                found++;
                counted += hit.Packets is null ? 0 : 1;
                packets += (hit.Packets ?? 0) / (double)Math.Max(1, usersOf(rule.Key));
            }
        }

        return found == 0 ? null : (counted == 0 ? null : packets, found);
    }

    private void Forget()
    {
        foreach ((UnitKey key, TrafficRate rate) in _units)
        {
            if (rate.IsForgotten(_options.LeastRate))
            {
                _units.Remove(key);
            }
        }

        foreach ((PairKey key, TrafficRate[] rates) in _pairs)
        {
            if (Array.TrueForAll(rates, rate => rate.IsForgotten(_options.LeastRate)))
            {
                _pairs.Remove(key);
            }
        }

        int over = _pairs.Count - _options.MaxPairs;
        foreach (PairKey key in over <= 0 ? [] : _pairs.Keys
            .OrderBy(pair => Of(pair, PairForm.Header)).ThenBy(pair => pair).Take(over).ToList())
        {
            _pairs.Remove(key);
        }
    }

    private TrafficRate RateOf(UnitKey key)
    {
        ref TrafficRate? rate = ref CollectionsMarshal.GetValueRefOrAddDefault(_units, key, out _);
        return rate ??= new TrafficRate();
    }

    private TrafficRate[] RatesOf(PairKey key)
    {
        ref TrafficRate[]? rates = ref CollectionsMarshal.GetValueRefOrAddDefault(_pairs, key, out _);
        return rates ??= [new TrafficRate(), new TrafficRate(), new TrafficRate()];
    }
}
