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
    private readonly RuleLedger _ledger = new();
    private readonly ChosenSets _sets;
    private readonly ChosenPairs _pairs;
    private readonly ChosenPasses _passes;
    private readonly TrafficHistory _history;
    private readonly BudgetOptions _options;
    private int _size;
    private double _credit;
    private double _weakest;
    private PlanChoice? _choice;

    internal TableChoice(int size, BudgetOptions options)
    {
        _size = size;
        _options = options;
        _history = new TrafficHistory(options);
        _sets = new ChosenSets(_ledger, _history, () => _choice = null);
        _pairs = new ChosenPairs(_ledger, () => _choice = null);
        _passes = new ChosenPasses(_ledger, () => _choice = null);
        _credit = options.OperationsPerSecond * options.SavedSeconds;
    }

    /// <summary>Distinct rules in the table.</summary>
    internal int RuleCount => _ledger.Count;

    /// <summary>Sets that are not in the table.</summary>
    internal int LeftOutCount => _sets.LeftOut.Count;

    internal int PairCount => _pairs.Count;

    /// <summary>Not all drops fit.</summary>
    internal bool IsLimited => LeftOutCount > 0;

    /// <summary>Some unit's rules drop less than its policy denies, whatever the table's size.</summary>
    internal bool HasGaps { get; set; }

    /// <summary>Drops of pairs may be of use.</summary>
    internal bool WantsTraffic => IsLimited || HasGaps;

    /// <summary>Passes are in the table, or would be if there were any.</summary>
    internal bool WithPasses => _passes.ArePlaced;

    /// <summary>What is in the table; the same instance as long as nothing changes.</summary>
    internal PlanChoice Choice => _choice ??= Describe();

    /// <summary>Packets a second that a unit's set drops or would drop.</summary>
    internal double Rate(UnitKey unit) => _history.Of(unit);

    /// <summary>No more rules fit than so many; heeded by the next <see cref="Settle"/> or <see cref="Fit"/>.</summary>
    internal void LearnTableSize(int size) => _size = Math.Min(_size, size);

    /// <summary>Adds a unit's set; it is placed, or not, by <see cref="Settle"/>.</summary>
    internal void Add(RuleSet set) => _sets.Add(set);

    /// <summary>Takes a unit's set out.</summary>
    internal void Remove(RuleSet set) => _sets.Remove(set);

    /// <summary>Adds passes or what they depend on.</summary>
    internal void AddPasses(RuleSet set) => _passes.Add(set);

    internal void RemovePasses(RuleSet set) => _passes.Remove(set);

    /// <summary>Ends a change of policy: places what was added, as far as it fits, and fills what became free.</summary>
    /// <param name="drops">Drops of pairs by the new policy; only asked for pairs it may concern.</param>
    /// <param name="touched">Addresses whose pods are others than before.</param>
    internal void Settle(PairSource drops, IReadOnlySet<IpAddr> touched)
    {
        _choice = _sets.HasPending ? null : _choice;
        if (_pairs.Count > 0)
        {
            _ledger.Settle();
            _pairs.Renew(drops, touched, _size);
        }

        if (IsLimited || !(_sets.TryPlaceAll(_size) || (_pairs.Count > 0 && TryPlaceAllWithoutPairs())))
        {
            _passes.TakeOut();
            _ledger.Settle();
            _sets.Shed(_size);
            _pairs.RemoveWhere(_ => _ledger.Count > _size);
            _sets.PlaceWhatFits(_size);
        }

        _sets.EndUpdate();
        if (!IsLimited)
        {
            // Every unit drops by its own rules: pairs have no part left, unless those leave gaps.
            _pairs.RemoveWhere(_ => !HasGaps);
            _passes.Place(_size);
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
            _sets.Placed.Select(chosen => chosen.Set),
            _ledger.UsersOf,
            _pairs.Drops,
            drops);
        _choice = null;
        _credit = Math.Min(
            _credit + (_options.OperationsPerSecond * sample.Elapsed.TotalSeconds),
            _options.OperationsPerSecond * Math.Max(_options.SavedSeconds, sample.Elapsed.TotalSeconds));
        _sets.Age(sample.Elapsed);
        _pairs.Age(sample.Elapsed);
        if (!WantsTraffic || !mayMove)
        {
            return new RechoiceReport(0, 0, LeftOutCount, _pairs.Count, 0);
        }

        ChoiceTarget target = new(_size, _options, _history, _sets.All, _pairs.ByKey, drops);
        target.Choose();
        RechoiceReport report =
            target.IsBetter ? MoveTo(target) : new RechoiceReport(0, 0, LeftOutCount, _pairs.Count, 0);
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
        Stack<Action> goers = target.Goers(_sets.Leave, pair => _pairs.Remove(pair.Drop.Pair));
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
                    _sets.Place(set);
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

        return new RechoiceReport(added, removed, LeftOutCount, _pairs.Count, deferred);
    }

    private bool TryPlaceAllWithoutPairs()
    {
        _pairs.RemoveWhere(_ => true);
        return _sets.TryPlaceAll(_size);
    }

    private PlanChoice Describe()
    {
        if (LeftOutCount == 0 && _pairs.Count == 0)
        {
            return WithPasses ? PlanChoice.Everything : PlanChoice.Everything with { WithPasses = false };
        }

        return new PlanChoice(
            _sets.LeftOut.ToDictionary(
                chosen => chosen.Unit, chosen => new SetBenefit(_history.Of(chosen.Unit), chosen.Set.Count)),
            _pairs.InOrder,
            WithPasses,
            _weakest);
    }

    private double WeakestDensity() => _sets.Placed.Select(_sets.DensityOf)
        .Concat(_pairs.Drops.Select(drop => _history.Of(drop.Pair, drop.Form)))
        .DefaultIfEmpty().Min();
}
