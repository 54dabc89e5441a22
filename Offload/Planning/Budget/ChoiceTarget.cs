namespace NetPolNic.Offload.Planning.Budget;

/// <summary>
/// What the table should hold by measured traffic: greedy by packets a second and entry, each candidate's marginal benefit
/// and cost looked at again when its turn comes. What is in the table already counts more by the hysteresis, and is not
/// moved at all during its minimum stay.
/// </summary>
internal sealed class ChoiceTarget
{
    private readonly int _size;
    private readonly BudgetOptions _options;
    private readonly TrafficHistory _history;
    private readonly List<ChosenSet> _sets;
    private readonly Dictionary<PairKey, ChosenPair> _placedPairs;
    private readonly Func<PairKey, PairDrop?> _plan;
    private readonly HashSet<RuleKey> _rules = [];
    private readonly Dictionary<UnitKey, ChosenSet> _chosenSets = [];
    private readonly Dictionary<UnitKey, Dictionary<PairKey, PairDrop>> _chosenPairs = [];
    private readonly PriorityQueue<Candidate, (double Density, long Order)> _queue = new();
    private readonly List<Candidate> _comers = [];
    private long _order;

    internal ChoiceTarget(
        int size,
        BudgetOptions options,
        TrafficHistory history,
        IEnumerable<ChosenSet> sets,
        Dictionary<PairKey, ChosenPair> pairs,
        Func<PairKey, PairDrop?> plan)
    {
        _size = size;
        _options = options;
        _history = history;
        _sets = [.. sets.OrderBy(chosen => chosen.Order)];
        _placedPairs = pairs;
        _plan = plan;
    }

    /// <summary>It drops enough more than what is in the table.</summary>
    internal bool IsBetter { get; private set; }

    internal void Choose()
    {
        foreach (ChosenSet set in _sets)
        {
            if (set.IsPlaced && set.PlacedFor < _options.MinimumStay)
            {
                Place(new Candidate { Set = set, Unit = set.Unit });
            }
            else if (_history.Of(set.Unit) > 0)
            {
                Push(new Candidate { Set = set, Unit = set.Unit }, double.MaxValue);
            }
        }

        foreach (ChosenPair pair in _placedPairs.Values.Where(pair => pair.PlacedFor < _options.MinimumStay)
            .OrderBy(pair => pair.Drop.Pair))
        {
            Candidate candidate = new() { Pair = pair.Drop, Key = pair.Drop.Pair, Unit = pair.Drop.Unit };
            if (!_chosenSets.ContainsKey(candidate.Unit))
            {
                Place(candidate);
            }
        }

        foreach (PairKey key in _history.Pairs.Order())
        {
            double most = Weight(_placedPairs.ContainsKey(key)) * _history.Of(key, PairForm.Header);
            if (most > 0)
            {
                Push(new Candidate { Key = key }, most);
            }
        }

        while (_rules.Count < _size && _queue.TryDequeue(out Candidate? candidate, out (double Density, long) priority))
        {
            Consider(candidate, -priority.Density);
        }

        KeepQuiet();
        double now = Benefit(_sets.Where(set => set.IsPlaced), _placedPairs.Values.Select(pair => pair.Drop));
        IsBetter = Benefit(_chosenSets.Values, _chosenPairs.Values.SelectMany(pairs => pairs.Values)) >
            now * (1 + _options.LeastGain);
    }

    /// <summary>What is to come, the most valuable first.</summary>
    internal IEnumerable<(ChosenSet? Set, PairDrop? Pair)> Comers() => _comers
        .Where(comer => comer.Set is { } set
            ? !set.IsPlaced && IsChosen(set)
            : !_placedPairs.ContainsKey(comer.Key) && IsChosen(comer.Pair!))
        .OrderByDescending(comer => comer.Density).Select(comer => (comer.Set, comer.Pair));

    /// <summary>What is in the table and not to stay; the least valuable on top.</summary>
    internal Stack<Action> Goers(Action<ChosenSet> leaveOut, Action<ChosenPair> remove)
    {
        List<(double Density, int Index, Action Go)> goers = [];
        foreach (ChosenSet set in _sets.Where(set => set.IsPlaced && !IsChosen(set)))
        {
            goers.Add((_history.Of(set.Unit) / Math.Max(1, set.Set.Count), goers.Count, () => leaveOut(set)));
        }

        foreach (ChosenPair pair in _placedPairs.Values.Where(pair => !IsChosen(pair.Drop)).OrderBy(p => p.Drop.Pair))
        {
            // Where the unit's own set is in the table, the pair's rule has no part.
            double density = _sets.Exists(set => set.IsPlaced && set.Unit == pair.Drop.Unit)
                ? 0
                : _history.Of(pair.Drop.Pair, pair.Drop.Form);
            goers.Add((density, goers.Count, () => remove(pair)));
        }

        return new Stack<Action>(
            goers.OrderByDescending(goer => goer.Density).ThenBy(goer => goer.Index).Select(goer => goer.Go));
    }

    private bool IsChosen(ChosenSet set) => _chosenSets.GetValueOrDefault(set.Unit) == set;

    private bool IsChosen(PairDrop drop) =>
        _chosenPairs.TryGetValue(drop.Unit, out Dictionary<PairKey, PairDrop>? pairs) && pairs.ContainsKey(drop.Pair);

    private double Weight(bool isPlaced) => isPlaced ? Math.Max(1, _options.Hysteresis) : 1;

    private void Push(Candidate candidate, double density) => _queue.Enqueue(candidate, (-density, _order++));

    private void Consider(Candidate candidate, double believed)
    {
        if (candidate.Set is null && candidate.Pair is null && (candidate.Pair = PairOf(candidate.Key)) is null)
        {
            return;
        }

        candidate.Unit = candidate.Set?.Unit ?? candidate.Pair!.Unit;
        Dictionary<PairKey, PairDrop>? own = _chosenPairs.GetValueOrDefault(candidate.Unit);
        double density;
        int cost;
        if (candidate.Set is { } set)
        {
            // Its pairs' drops become part of it, and their entries free.
            candidate.Cost ??= CostOf(set.Set);
            cost = candidate.Cost.Value - (own?.Count ?? 0);
            double more = _history.Of(set.Unit) - (own?.Values.Sum(drop => _history.Of(drop.Pair, drop.Form)) ?? 0);
            density = Weight(set.IsPlaced) * more / Math.Max(1, cost);
        }
        else
        {
            if (_chosenSets.ContainsKey(candidate.Unit) || own?.ContainsKey(candidate.Key) == true)
            {
                return;
            }

            PairDrop drop = candidate.Pair!;
            cost = candidate.Cost ??= CostOf(drop.Set);
            density = Weight(_placedPairs.ContainsKey(drop.Pair)) * _history.Of(drop.Pair, drop.Form) / Math.Max(1, cost);
        }

        if (density <= 0 || _rules.Count + cost > _size)
        {
            return;
        }

        // Others may be worth more by now: then its turn comes later.
        if (density < believed && _queue.TryPeek(out _, out (double Density, long) next) && density < -next.Density)
        {
            Push(candidate, density);
            return;
        }

        candidate.Density = density;
        Place(candidate);
    }

    private PairDrop? PairOf(PairKey key) =>
        _placedPairs.TryGetValue(key, out ChosenPair? placed) ? placed.Drop : _plan(key);

    private int CostOf(RuleSet set) => set.All.Select(rule => rule.Key).Where(key => !_rules.Contains(key)).Distinct().Count();

    private void Place(Candidate candidate)
    {
        if (candidate.Set is { } set)
        {
            if (_chosenPairs.Remove(set.Unit, out Dictionary<PairKey, PairDrop>? own))
            {
                _rules.ExceptWith(own.Values.SelectMany(drop => drop.Set.All).Select(rule => rule.Key));
            }

            _chosenSets[set.Unit] = set;
            _rules.UnionWith(set.Set.All.Select(rule => rule.Key));
        }
        else
        {
            PairDrop drop = candidate.Pair!;
            if (!_chosenPairs.TryGetValue(drop.Unit, out Dictionary<PairKey, PairDrop>? pairs))
            {
                _chosenPairs.Add(drop.Unit, pairs = []);
            }

            pairs[drop.Pair] = drop;
            _rules.UnionWith(drop.Set.All.Select(rule => rule.Key));
        }

        _comers.Add(candidate);
    }

    // Sets without traffic stay where there is room, the smallest first: nobody knows what comes next.
    private void KeepQuiet()
    {
        foreach (ChosenSet set in _sets.Where(set => set.IsPlaced && !IsChosen(set))
            .OrderBy(set => set.Set.Count).ThenBy(set => set.Order))
        {
            if (_rules.Count + CostOf(set.Set) <= _size)
            {
                Place(new Candidate { Set = set, Unit = set.Unit });
            }
        }
    }

    private double Benefit(IEnumerable<ChosenSet> sets, IEnumerable<PairDrop> pairs)
    {
        HashSet<UnitKey> units = [.. sets.Select(set => set.Unit)];
        return units.Sum(_history.Of) +
            pairs.Where(drop => !units.Contains(drop.Unit)).Sum(drop => _history.Of(drop.Pair, drop.Form));
    }

    private sealed class Candidate
    {
        internal ChosenSet? Set { get; init; }

        internal PairKey Key { get; init; }

        internal PairDrop? Pair { get; set; }

        internal UnitKey Unit { get; set; }

        internal int? Cost { get; set; }

        internal double Density { get; set; } = double.MaxValue;
    }
}
