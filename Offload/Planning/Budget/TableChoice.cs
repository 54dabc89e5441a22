using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Offload.Planning.Budget;

/// <summary>
/// Which sets of rules are in a table of limited size. A set is in it whole or not at all, and rules that sets share count
/// once. Policy changes move as little as they can: what is in stays as long as it fits. Where traffic was measured,
/// <see cref="Rechoose"/> makes room for what is worth more. Not safe for concurrent use.
/// </summary>
internal sealed class TableChoice
{
    /// <summary>Rules that one change of policy looks at to fill what has become free; the next choice looks at all.</summary>
    private const int MaxLooked = 8192;

    private readonly RuleLedger _ledger = new();
    private readonly Dictionary<RuleSet, ChosenSet> _sets = new(ReferenceEqualityComparer.Instance);
    private readonly ChosenPairs _pairs;
    private readonly HashSet<RuleSet> _passes = new(ReferenceEqualityComparer.Instance);
    private readonly List<ChosenSet> _pending = [];
    private readonly HashSet<UnitKey> _vacated = [];
    private readonly HashSet<ChosenSet> _leftOut = [];
    private readonly TrafficHistory _history;
    private readonly BudgetOptions _options;
    private int _size;
    private long _order;
    private double _credit;
    private double _weakest;
    private PlanChoice? _choice;

    internal TableChoice(int size, BudgetOptions options)
    {
        _size = size;
        _options = options;
        _history = new TrafficHistory(options);
        _pairs = new ChosenPairs(_ledger, () => _choice = null);
        _credit = options.OperationsPerSecond * options.SavedSeconds;
    }

    /// <summary>Distinct rules in the table.</summary>
    internal int RuleCount => _ledger.Count;

    /// <summary>Sets that are not in the table.</summary>
    internal int LeftOutCount => _leftOut.Count;

    internal int PairCount => _pairs.Count;

    /// <summary>Not all drops fit.</summary>
    internal bool IsLimited => _leftOut.Count > 0;

    /// <summary>Some unit's rules drop less than its policy denies, whatever the table's size.</summary>
    internal bool HasGaps { get; set; }

    /// <summary>Drops of pairs may be of use.</summary>
    internal bool WantsTraffic => IsLimited || HasGaps;

    /// <summary>Passes are in the table, or would be if there were any.</summary>
    internal bool WithPasses { get; private set; } = true;

    /// <summary>What is in the table; the same instance as long as nothing changes.</summary>
    internal PlanChoice Choice => _choice ??= Describe();

    /// <summary>Packets a second that a unit's set drops or would drop.</summary>
    internal double Rate(UnitKey unit) => _history.Of(unit);

    /// <summary>No more rules fit than so many; heeded by the next <see cref="Settle"/> or <see cref="Fit"/>.</summary>
    internal void LearnTableSize(int size) => _size = Math.Min(_size, size);

    /// <summary>Adds a unit's set; it is placed, or not, by <see cref="Settle"/>.</summary>
    internal void Add(RuleSet set)
    {
        ChosenSet chosen = new(set, _order++);
        _sets.Add(set, chosen);
        _pending.Add(chosen);
    }

    /// <summary>Takes a unit's set out.</summary>
    internal void Remove(RuleSet set)
    {
        _choice = null;
        _sets.Remove(set, out ChosenSet? chosen);
        if (chosen!.IsPlaced)
        {
            _ledger.Remove(set);
            _vacated.Add(chosen.Unit);
        }
        else if (!_leftOut.Remove(chosen))
        {
            _pending.Remove(chosen);
        }
    }

    /// <summary>Adds passes or what they depend on.</summary>
    internal void AddPasses(RuleSet set)
    {
        _passes.Add(set);
        if (WithPasses)
        {
            _ledger.Add(set);
        }
    }

    internal void RemovePasses(RuleSet set)
    {
        _passes.Remove(set);
        if (WithPasses)
        {
            _ledger.Remove(set);
        }
    }

    /// <summary>Ends a change of policy: places what was added, as far as it fits, and fills what became free.</summary>
    /// <param name="drops">Drops of pairs by the new policy; only asked for pairs it may concern.</param>
    /// <param name="touched">Addresses whose pods are others than before.</param>
    internal void Settle(PairSource drops, IReadOnlySet<IpAddr> touched)
    {
        _choice = _pending.Count > 0 ? null : _choice;
        if (_pairs.Count > 0)
        {
            _ledger.Settle();
            _pairs.Renew(drops, touched, _size);
        }

        if (IsLimited || !(TryPlaceAll() || (_pairs.Count > 0 && TryPlaceAllWithoutPairs())))
        {
            SetPasses(false);
            _ledger.Settle();
            Shed();
            _pending.Sort(ByWorth);
            foreach (ChosenSet chosen in _pending)
            {
                TryPlace(chosen);
            }

            Fill();
        }

        _pending.Clear();
        _vacated.Clear();
        if (!IsLimited)
        {
            // Every unit drops by its own rules: pairs have no part left, unless those leave gaps.
            _pairs.RemoveWhere(_ => !HasGaps);
            SetPasses(true);
        }
    }

    /// <summary>Takes out what is too much since less was found to fit.</summary>
    /// <param name="drops">As for <see cref="Settle"/>.</param>
    internal void Fit(PairSource drops)
    {
        if (_ledger.Count > _size)
        {
            Settle(drops, ImmutableHashSet<IpAddr>.Empty);
        }
    }

    /// <summary>Takes traffic in, and makes room for what is worth more than what is in the table.</summary>
    /// <param name="sample">What was measured.</param>
    /// <param name="drops">Drops of pairs.</param>
    /// <param name="mayMove">Sets may be exchanged.</param>
    internal RechoiceReport Rechoose(TrafficSample sample, PairSource drops, bool mayMove)
    {
        _history.Take(
            sample,
            _sets.Values.Where(chosen => chosen.IsPlaced).Select(chosen => chosen.Set),
            _ledger.UsersOf,
            _pairs.Drops,
            drops);
        _choice = null;
        _credit = Math.Min(
            _credit + (_options.OperationsPerSecond * sample.Elapsed.TotalSeconds),
            _options.OperationsPerSecond * Math.Max(_options.SavedSeconds, sample.Elapsed.TotalSeconds));
        foreach (ChosenSet chosen in _sets.Values)
        {
            chosen.PlacedFor += sample.Elapsed;
        }

        _pairs.Age(sample.Elapsed);
        if (!WantsTraffic || !mayMove)
        {
            return new RechoiceReport(0, 0, _leftOut.Count, _pairs.Count, 0);
        }

        ChoiceTarget target = new(_size, _options, _history, _sets.Values, _pairs.ByKey, drops);
        target.Choose();
        RechoiceReport report =
            target.IsBetter ? MoveTo(target) : new RechoiceReport(0, 0, _leftOut.Count, _pairs.Count, 0);
        _weakest = WeakestDensity();
        return report;
    }

    /// <summary>The difference of the table to the last call.</summary>
    internal (ImmutableArray<PlannedRule> Added, ImmutableArray<PlannedRule> Removed, ImmutableArray<PlannedRule> Changed)
        Take() => _ledger.Take();

    // The most valuable first, each with the room that it needs; what is not in the target goes as room is needed.
    private RechoiceReport MoveTo(ChoiceTarget target)
    {
        int added = 0;
        int removed = 0;
        int deferred = 0;
        Stack<Action> goers = target.Goers(LeaveOut, pair => _pairs.Remove(pair.Drop.Pair));
        foreach ((ChosenSet? set, PairDrop? pair) in target.Comers())
        {
            if (_credit <= 0)
            {
                deferred++;
                continue;
            }

            int start = _ledger.Count;
            if (set is { Set.IsPartial: false })
            {
                _pairs.RemoveWhere(drop => drop.Unit == set.Unit);
            }

            RuleSet rules = set?.Set ?? pair!.Set;
            int cost = _ledger.MarginalOf(rules, _size);
            while (_ledger.Count + cost > _size && goers.TryPop(out Action? go))
            {
                go();
                cost = _ledger.MarginalOf(rules, _size);
            }

            int freed = start - _ledger.Count;
            removed += freed;
            _credit -= freed;
            if (_ledger.Count + cost <= _size)
            {
                added += cost;
                _credit -= cost;
                if (set is not null)
                {
                    _leftOut.Remove(set);
                    Place(set);
                }
                else
                {
                    _pairs.Add(pair!);
                }
            }
        }

        if (!WantsTraffic)
        {
            _pairs.RemoveWhere(_ => true);
        }

        return new RechoiceReport(added, removed, _leftOut.Count, _pairs.Count, deferred);
    }

    // Whether all fit is known only when they are in: what they share counts once.
    private bool TryPlaceAll()
    {
        foreach (ChosenSet chosen in _pending)
        {
            SetPlaced(chosen);
            _ledger.Add(chosen.Set);
        }

        _ledger.Settle();
        if (_ledger.Count <= _size)
        {
            return true;
        }

        foreach (ChosenSet chosen in _pending)
        {
            chosen.IsPlaced = false;
            _ledger.Remove(chosen.Set);
        }

        return false;
    }

    private bool TryPlaceAllWithoutPairs()
    {
        _pairs.RemoveWhere(_ => true);
        return TryPlaceAll();
    }

    // Only where less fits than was thought: the least valuable first.
    private void Shed()
    {
        if (_ledger.Count <= _size)
        {
            return;
        }

        List<ChosenSet> placed = [.. _sets.Values.Where(chosen => chosen.IsPlaced)];
        placed.Sort(ByWorth);
        for (int i = placed.Count - 1; i >= 0 && _ledger.Count > _size; i--)
        {
            LeaveOut(placed[i]);
        }

        _pairs.RemoveWhere(_ => _ledger.Count > _size);
    }

    // Once more after each that comes in: others may share its rules. So one may come even into a full table.
    private void Fill()
    {
        List<ChosenSet> waiting = [.. _leftOut];
        waiting.Sort(ByWorth);
        int looked = 0;
        for (bool goesOn = waiting.Count > 0; goesOn;)
        {
            goesOn = false;
            foreach (ChosenSet chosen in waiting)
            {
                if (chosen.IsPlaced || looked >= MaxLooked)
                {
                    continue;
                }

                looked += 1 + Math.Min(chosen.Set.Count, _size - _ledger.Count);
                TryPlace(chosen);
                goesOn |= chosen.IsPlaced;
            }
        }
    }

    private void TryPlace(ChosenSet chosen)
    {
        int free = _size - _ledger.Count;
        if (_ledger.MarginalOf(chosen.Set, free) <= free)
        {
            _leftOut.Remove(chosen);
            Place(chosen);
        }
        else
        {
            _choice = _leftOut.Add(chosen) ? null : _choice;
        }
    }

    private void Place(ChosenSet chosen)
    {
        SetPlaced(chosen);
        AddRules(chosen.Set);
    }

    private void SetPlaced(ChosenSet chosen)
    {
        _choice = null;
        chosen.IsPlaced = true;
        chosen.PlacedFor = TimeSpan.Zero;
    }

    private void AddRules(RuleSet set)
    {
        _ledger.Add(set);
        _ledger.Settle();
    }

    private void RemoveRules(RuleSet set)
    {
        _ledger.Remove(set);
        _ledger.Settle();
    }

    private void LeaveOut(ChosenSet chosen)
    {
        _choice = null;
        chosen.IsPlaced = false;
        RemoveRules(chosen.Set);
        _leftOut.Add(chosen);
    }

    // Passes are in the table all together, and only where everything fits.
    private void SetPasses(bool wanted)
    {
        if (WithPasses == wanted)
        {
            return;
        }

        WithPasses = wanted;
        _choice = null;
        foreach (RuleSet set in _passes)
        {
            if (wanted)
            {
                _ledger.Add(set);
            }
            else
            {
                _ledger.Remove(set);
            }
        }

        _ledger.Settle();
        if (wanted && _ledger.Count > _size)
        {
            SetPasses(false);
        }
    }

    private double DensityOf(ChosenSet chosen) => _history.Of(chosen.Unit) / Math.Max(1, chosen.Set.Count);

    // A unit whose rules were in the table keeps its place; then what brings most an entry, then the smallest.
    private int ByWorth(ChosenSet left, ChosenSet right)
    {
        int order = _vacated.Contains(right.Unit).CompareTo(_vacated.Contains(left.Unit));
        order = order != 0 ? order : DensityOf(right).CompareTo(DensityOf(left));
        order = order != 0 ? order : left.Set.Count.CompareTo(right.Set.Count);
        order = order != 0 ? order : string.CompareOrdinal(left.Set.Pod, right.Set.Pod);
        order = order != 0 ? order : left.Unit.Own.CompareTo(right.Unit.Own);
        order = order != 0 ? order : left.Unit.Direction.CompareTo(right.Unit.Direction);
        return order != 0 ? order : left.Order.CompareTo(right.Order);
    }

    private PlanChoice Describe()
    {
        if (_leftOut.Count == 0 && _pairs.Count == 0)
        {
            return WithPasses ? PlanChoice.Everything : PlanChoice.Everything with { WithPasses = false };
        }

        return new PlanChoice(
            _leftOut.ToDictionary(
                chosen => chosen.Unit, chosen => new SetBenefit(_history.Of(chosen.Unit), chosen.Set.Count)),
            _pairs.InOrder,
            WithPasses,
            _weakest);
    }

    private double WeakestDensity() => _sets.Values.Where(chosen => chosen.IsPlaced).Select(DensityOf)
        .Concat(_pairs.Drops.Select(drop => _history.Of(drop.Pair, drop.Form)))
        .DefaultIfEmpty().Min();
}
