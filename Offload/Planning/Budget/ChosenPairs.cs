using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Offload.Planning.Budget;

/// <summary>The pair drops that are in the table.</summary>
/// <param name="ledger">Counts their rules.</param>
/// <param name="changed">Called at each change.</param>
internal sealed class ChosenPairs(RuleLedger ledger, Action changed)
{
    private readonly Dictionary<PairKey, ChosenPair> _pairs = [];
    private ImmutableArray<PairDrop> _list = [];

    internal int Count => _pairs.Count;

    internal IReadOnlyDictionary<PairKey, ChosenPair> ByKey => _pairs;

    internal IEnumerable<PairDrop> Drops => _pairs.Values.Select(pair => pair.Drop);

    /// <summary>In the order of their names; the same instance as long as nothing changes.</summary>
    internal ImmutableArray<PairDrop> InOrder =>
        _list.IsDefault ? _list = [.. Drops.OrderBy(drop => drop.Pair)] : _list;

    internal void Add(PairDrop drop)
    {
        Change();
        _pairs.Add(drop.Pair, new ChosenPair(drop));
        ledger.Add(drop.Set);
        ledger.Settle();
    }

    /// <summary>Takes a pair out, if it is still there.</summary>
    internal void Remove(PairKey key)
    {
        if (_pairs.Remove(key, out ChosenPair? pair))
        {
            Change();
            ledger.Remove(pair.Drop.Set);
            ledger.Settle();
        }
    }

    internal void RemoveWhere(Func<PairDrop, bool> which)
    {
        foreach (PairDrop drop in _pairs.Count == 0 ? [] : Drops.ToList())
        {
            if (which(drop))
            {
                Remove(drop.Pair);
            }
        }
    }

    /// <summary>Pairs whose ends have changed: dropped by the new policy's rule, or no longer.</summary>
    /// <param name="drops">The new policy's.</param>
    /// <param name="touched">Addresses whose pods are others than before.</param>
    /// <param name="size">Rules that fit.</param>
    internal void Renew(PairSource drops, IReadOnlySet<IpAddr> touched, int size)
    {
        foreach (PairDrop old in Drops.Where(drop => touched.Any(
            addr => drop.Pair.Src.Contains(addr) || drop.Pair.Dst.Contains(addr))).ToList())
        {
            Remove(old.Pair);
            if (drops.Plan(old.Pair) is { } now && ledger.Count + ledger.MarginalOf(now.Set, size) <= size)
            {
                Add(now);
            }
        }
    }

    /// <summary>Time has gone by.</summary>
    internal void Age(TimeSpan elapsed)
    {
        foreach (ChosenPair pair in _pairs.Values)
        {
            pair.PlacedFor += elapsed;
        }
    }

    private void Change()
    {
        _list = default;
        changed();
    }
}
