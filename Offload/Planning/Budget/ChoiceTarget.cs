using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace NetPolNic.Offload.Planning.Budget;

/// <summary>
/// What the table should hold by measured traffic: greedy by packets a second and entry, each candidate's marginal benefit
/// and cost looked at again when its turn comes. What units share is paid once: units that share some are a candidate
/// together too, as many of them as give the most for each entry. What is in the table already counts more by the
/// hysteresis, and is not moved at all during its minimum stay.
/// </summary>
internal sealed class ChoiceTarget
{
    private readonly int _size;
    private readonly BudgetOptions _options;
    private readonly TrafficHistory _history;
    private readonly List<ChosenSet> _sets;
    private readonly IReadOnlyDictionary<PairKey, ChosenPair> _placedPairs;
    private readonly PairSource _drops;
    private readonly RuleTally _rules = new();
    private readonly Dictionary<RuleSet, List<ChosenSet>> _users = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<UnitKey, ChosenSet> _chosenSets = [];
    private readonly Dictionary<UnitKey, Dictionary<PairKey, PairDrop>> _chosenPairs = [];
    private readonly PriorityQueue<Candidate, (double Density, long Order)> _queue = new();
    private readonly List<(ChosenSet? Set, PairDrop? Pair, double Density)> _comers = [];
    private long _order;

    internal ChoiceTarget(
        int size,
        BudgetOptions options,
        TrafficHistory history,
        IEnumerable<ChosenSet> sets,
        IReadOnlyDictionary<PairKey, ChosenPair> pairs,
        PairSource drops)
    {
        _size = size;
        _options = options;
        _history = history;
        _sets = [.. sets.OrderBy(chosen => chosen.Order)];
        _placedPairs = pairs;
        _drops = drops;
    }

    /// <summary>It drops enough more than what is in the table.</summary>
    internal bool IsBetter { get; private set; }

    internal void Choose()
    {
        foreach (ChosenSet set in _sets)
        {
            if (set.IsPlaced && set.PlacedFor < _options.MinimumStay)
            {
                Place(set, double.MaxValue);
            }
            else if (_history.Of(set.Unit) > 0)
            {
                Push(new Candidate { Sets = [set] }, double.MaxValue);
                foreach (RuleSet shared in set.Set.Shared)
                {
                    ref List<ChosenSet>? users = ref CollectionsMarshal.GetValueRefOrAddDefault(_users, shared, out _);
                    (users ??= []).Add(set);
                }
            }
        }

        PushTogether();

        foreach (ChosenPair pair in _placedPairs.Values.Where(pair => pair.PlacedFor < _options.MinimumStay)
            .OrderBy(pair => pair.Drop.Pair))
        {
            if (!IsCovered(pair.Drop.Unit))
            {
                Place(pair.Drop, double.MaxValue);
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
            : !_placedPairs.ContainsKey(comer.Pair!.Pair) && IsChosen(comer.Pair!))
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
            double density = _sets.Exists(set => set is { IsPlaced: true, Set.IsPartial: false } && set.Unit == pair.Drop.Unit)
                ? 0
                : _history.Of(pair.Drop.Pair, pair.Drop.Form);
            goers.Add((density, goers.Count, () => remove(pair)));
        }

        return new Stack<Action>(
            goers.OrderByDescending(goer => goer.Density).ThenBy(goer => goer.Index).Select(goer => goer.Go));
    }

    // Its set drops all that pairs of it could.
    private bool IsCovered(UnitKey unit) => _chosenSets.TryGetValue(unit, out ChosenSet? set) && !set.Set.IsPartial;

    private bool IsChosen(ChosenSet set) => _chosenSets.GetValueOrDefault(set.Unit) == set;

    private bool IsChosen(PairDrop drop) =>
        _chosenPairs.TryGetValue(drop.Unit, out Dictionary<PairKey, PairDrop>? pairs) && pairs.ContainsKey(drop.Pair);

    private double Weight(bool isPlaced) => isPlaced ? Math.Max(1, _options.Hysteresis) : 1;

    private void Push(Candidate candidate, double density) => _queue.Enqueue(candidate, (-density, _order++));

    // Units that share a set of rules, where the next one of the chain is not shared by the same.
    private void PushTogether()
    {
        HashSet<RuleSet> seen = new(ReferenceEqualityComparer.Instance);
        foreach (ChosenSet set in _sets)
        {
            ImmutableArray<RuleSet> chain = set.Set.Shared;
            for (int i = 1; i < chain.Length; i++)
            {
                if (_users.TryGetValue(chain[i], out List<ChosenSet>? users) && users.Count > 1 &&
                    (i + 1 == chain.Length || !(_users.GetValueOrDefault(chain[i + 1])?.Count >= users.Count)) && seen.Add(chain[i]))
                {
                    Push(new Candidate { Sets = users }, double.MaxValue);
                }
            }
        }
    }

    private void Consider(Candidate candidate, double believed)
    {
        (double density, List<ChosenSet> sets) = candidate.Sets is { } some
            ? Best(some)
            : (DensityOf(candidate), []);
        if (density <= 0)
        {
            return;
        }

        // Others may be worth more by now: then its turn comes later.
        if (density < believed && _queue.TryPeek(out _, out (double Density, long) next) && density < -next.Density)
        {
            Push(candidate, density);
            return;
        }

        if (candidate.Sets is null)
        {
            Place(candidate.Pair!, density);
            return;
        }

        foreach (ChosenSet set in sets)
        {
            Place(set, density);
        }

        if (sets.Count < candidate.Sets.Count)
        {
            Push(candidate, double.MaxValue);
        }
    }

    /// <summary>As many of the sets as give the most for each entry, the best first.</summary>
    private (double Density, List<ChosenSet> Sets) Best(List<ChosenSet> all)
    {
        List<(ChosenSet Set, double More, int Freed)> open = [];
        foreach (ChosenSet set in all)
        {
            if (!_chosenSets.ContainsKey(set.Unit))
            {
                // Its pairs' drops become part of it, and their entries free.
                Dictionary<PairKey, PairDrop>? own =
                    set.Set.IsPartial ? null : _chosenPairs.GetValueOrDefault(set.Unit);
                double more = _history.Of(set.Unit) - (own?.Values.Sum(drop => _history.Of(drop.Pair, drop.Form)) ?? 0);
                if (more > 0)
                {
                    open.Add((set, Weight(set.IsPlaced) * more, own?.Count ?? 0));
                }
            }
        }

        if (all.Count > 1)
        {
            open = [.. open.OrderByDescending(some => some.More / (some.Set.Set.Punts.Length + some.Set.Set.Verdicts.Length))];
        }

        RuleTally.Trial trial = _rules.Try();
        double sum = 0;
        int freed = 0;
        double best = 0;
        int count = 0;
        for (int i = 0; i < open.Count; i++)
        {
            trial.Add(open[i].Set.Set);
            freed += open[i].Freed;
            if (_rules.Count + trial.Count - freed > _size)
            {
                break;
            }

            sum += open[i].More;
            double density = sum / Math.Max(1, trial.Count - freed);
            if (density >= best)
            {
                best = density;
                count = i + 1;
            }
        }

        return (best, [.. open.Take(count).Select(some => some.Set)]);
    }

    private double DensityOf(Candidate candidate)
    {
        if ((candidate.Pair ??= PairOf(candidate.Key)) is not { } drop || IsCovered(drop.Unit) ||
            _chosenPairs.GetValueOrDefault(drop.Unit)?.ContainsKey(drop.Pair) == true)
        {
            return 0;
        }

        int cost = _rules.CostOf(drop.Set);
        return _rules.Count + cost > _size
            ? 0
            : Weight(_placedPairs.ContainsKey(drop.Pair)) * _history.Of(drop.Pair, drop.Form) / Math.Max(1, cost);
    }

    private PairDrop? PairOf(PairKey key) =>
        _placedPairs.TryGetValue(key, out ChosenPair? placed) ? placed.Drop : _drops.Plan(key);

    private void Place(PairDrop drop, double density)
    {
        if (!_chosenPairs.TryGetValue(drop.Unit, out Dictionary<PairKey, PairDrop>? pairs))
        {
            _chosenPairs.Add(drop.Unit, pairs = []);
        }

        pairs[drop.Pair] = drop;
        _rules.Add(drop.Set);
        _comers.Add((null, drop, density));
    }

    private void Place(ChosenSet set, double density)
    {
        if (!set.Set.IsPartial && _chosenPairs.Remove(set.Unit, out Dictionary<PairKey, PairDrop>? own))
        {
            foreach (PairDrop drop in own.Values)
            {
                _rules.Remove(drop.Set);
            }
        }

        // For who shares what is paid now, it costs less than was believed.
        foreach (RuleSet shared in set.Set.Shared)
        {
            if (!_rules.Has(shared))
            {
                foreach (ChosenSet user in _users.GetValueOrDefault(shared) ?? [])
                {
                    Push(new Candidate { Sets = [user] }, double.MaxValue);
                }
            }
        }

        _chosenSets[set.Unit] = set;
        _rules.Add(set.Set);
        _comers.Add((set, null, density));
    }

    // Sets without traffic stay where there is room, the smallest first: nobody knows what comes next.
    private void KeepQuiet()
    {
        foreach (ChosenSet set in _sets.Where(set => set.IsPlaced && !IsChosen(set))
            .OrderBy(set => set.Set.Count).ThenBy(set => set.Order))
        {
            if (_rules.Count + _rules.CostOf(set.Set) <= _size)
            {
                Place(set, 0);
            }
        }
    }

    private double Benefit(IEnumerable<ChosenSet> sets, IEnumerable<PairDrop> pairs)
    {
        List<ChosenSet> all = [.. sets];
        HashSet<UnitKey> covered = [.. all.Where(set => !set.Set.IsPartial).Select(set => set.Unit)];
        return all.Sum(set => _history.Of(set.Unit)) +
            pairs.Where(drop => !covered.Contains(drop.Unit)).Sum(drop => _history.Of(drop.Pair, drop.Form));
    }

    /// <summary>Sets of units, or a pair.</summary>
    private sealed class Candidate
    {
        internal List<ChosenSet>? Sets { get; init; }

        internal PairKey Key { get; init; }

        internal PairDrop? Pair { get; set; }
    }
}
