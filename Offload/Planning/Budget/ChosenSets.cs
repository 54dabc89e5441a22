namespace NetPolNic.Offload.Planning.Budget;

/// <summary>The units' sets, and which of them are in the table: each whole or not at all; rules that sets share count once.</summary>
/// <param name="ledger">Counts their rules.</param>
/// <param name="history">What sets are worth.</param>
/// <param name="changed">Called at each change.</param>
internal sealed class ChosenSets(RuleLedger ledger, TrafficHistory history, Action changed)
{
    /// <summary>Rules that one change of policy looks at to fill what has become free; the next choice looks at all.</summary>
    private const int MaxLooked = 8192;

    private readonly Dictionary<RuleSet, ChosenSet> _sets = new(ReferenceEqualityComparer.Instance);
    private readonly List<ChosenSet> _pending = [];
    private readonly HashSet<UnitKey> _vacated = [];
    private readonly HashSet<ChosenSet> _leftOut = [];
    private long _order;

    internal IReadOnlyCollection<ChosenSet> All => _sets.Values;

    internal IEnumerable<ChosenSet> Placed => _sets.Values.Where(chosen => chosen.IsPlaced);

    internal IReadOnlyCollection<ChosenSet> LeftOut => _leftOut;

    /// <summary>Some were added since <see cref="EndUpdate"/>.</summary>
    internal bool HasPending => _pending.Count > 0;

    /// <summary>Adds a set; it is placed, or not, before <see cref="EndUpdate"/>.</summary>
    internal void Add(RuleSet set)
    {
        ChosenSet chosen = new(set, _order++);
        _sets.Add(set, chosen);
        _pending.Add(chosen);
    }

    /// <summary>Takes a set out for good.</summary>
    internal void Remove(RuleSet set)
    {
        changed();
        _sets.Remove(set, out ChosenSet? chosen);
        if (chosen!.IsPlaced)
        {
            ledger.Remove(set);
            _vacated.Add(chosen.Unit);
        }
        else if (!_leftOut.Remove(chosen))
        {
            _pending.Remove(chosen);
        }
    }

    internal void EndUpdate()
    {
        _pending.Clear();
        _vacated.Clear();
    }

    /// <summary>Time has gone by.</summary>
    internal void Age(TimeSpan elapsed)
    {
        foreach (ChosenSet chosen in _sets.Values)
        {
            chosen.PlacedFor += elapsed;
        }
    }

    /// <summary>Places all that was added, if it fits. That is known only when it is in: what sets share counts once.</summary>
    /// <param name="size">Rules that fit.</param>
    internal bool TryPlaceAll(int size)
    {
        foreach (ChosenSet chosen in _pending)
        {
            SetPlaced(chosen);
            ledger.Add(chosen.Set);
        }

        ledger.Settle();
        if (ledger.Count <= size)
        {
            return true;
        }

        foreach (ChosenSet chosen in _pending)
        {
            chosen.IsPlaced = false;
            ledger.Remove(chosen.Set);
        }

        return false;
    }

    /// <summary>Places what was added, as far as it fits, then what was left out before.</summary>
    /// <param name="size">Rules that fit.</param>
    internal void PlaceWhatFits(int size)
    {
        _pending.Sort(ByWorth);
        foreach (ChosenSet chosen in _pending)
        {
            TryPlace(chosen, size);
        }

        Fill(size);
    }

    /// <summary>Leaves out the least valuable until the rest fits: only where less fits than was thought.</summary>
    /// <param name="size">Rules that fit.</param>
    internal void Shed(int size)
    {
        if (ledger.Count <= size)
        {
            return;
        }

        List<ChosenSet> placed = [.. Placed];
        placed.Sort(ByWorth);
        for (int i = placed.Count - 1; i >= 0 && ledger.Count > size; i--)
        {
            Leave(placed[i]);
        }
    }

    internal void Place(ChosenSet chosen)
    {
        _leftOut.Remove(chosen);
        SetPlaced(chosen);
        ledger.Add(chosen.Set);
        ledger.Settle();
    }

    internal void Leave(ChosenSet chosen)
    {
        changed();
        chosen.IsPlaced = false;
        ledger.Remove(chosen.Set);
        ledger.Settle();
        _leftOut.Add(chosen);
    }

    /// <summary>Packets a second that a set drops or would drop, for each of its rules.</summary>
    internal double DensityOf(ChosenSet chosen) => history.Of(chosen.Unit) / Math.Max(1, chosen.Set.Count);

    // Once more after each that comes in: others may share its rules. So one may come even into a full table.
    private void Fill(int size)
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

                looked += 1 + Math.Min(chosen.Set.Count, size - ledger.Count);
                TryPlace(chosen, size);
                goesOn |= chosen.IsPlaced;
            }
        }
    }

    private void TryPlace(ChosenSet chosen, int size)
    {
        int free = size - ledger.Count;
        if (ledger.MarginalOf(chosen.Set, free) <= free)
        {
            Place(chosen);
        }
        else if (_leftOut.Add(chosen))
        {
            changed();
        }
    }

    private void SetPlaced(ChosenSet chosen)
    {
        changed();
        chosen.IsPlaced = true;
        chosen.PlacedFor = TimeSpan.Zero;
    }

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
}
