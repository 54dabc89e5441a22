namespace NetPolNic.Offload.Planning;

/// <summary>
/// Fills a table of limited size with whole rule sets: never a drop without all its covers. Without measured traffic
/// the benefit of a set is the same for all, so the smallest go first.
/// </summary>
internal sealed class TableBudget
{
    private readonly int _size;
    private readonly Dictionary<RuleKey, PlannedRule> _placed = [];
    private readonly HashSet<RuleSet> _shared = new(ReferenceEqualityComparer.Instance);

    internal TableBudget(int size) => _size = size;

    /// <summary>Places as many of the sets as fit; rules that sets share are counted once.</summary>
    /// <returns>The sets that are left out, in their order.</returns>
    internal List<RuleSet> Place(IReadOnlyList<RuleSet> sets)
    {
        HashSet<RuleSet> placed = new(ReferenceEqualityComparer.Instance);
        foreach (RuleSet set in sets.OrderBy(set => set.Count))
        {
            if (TryPlace(set))
            {
                placed.Add(set);
            }
        }

        return [.. sets.Where(set => !placed.Contains(set))];
    }

    /// <summary>Places one set whole or not at all.</summary>
    internal bool TryPlace(RuleSet set)
    {
        int added = Missing(set).Select(rule => rule.Key).Distinct().Count(key => !_placed.ContainsKey(key));
        if (_placed.Count + added > _size)
        {
            return false;
        }

        foreach (PlannedRule rule in Missing(set))
        {
            _placed[rule.Key] = _placed.TryGetValue(rule.Key, out PlannedRule? same) ? same.MergedWith(rule) : rule;
        }

        _shared.UnionWith(set.Shared);
        return true;
    }

    internal bool IsPlaced(RuleKey key) => _placed.ContainsKey(key);

    internal PlannedRule this[RuleKey key] => _placed[key];

    // Without what another set has brought already.
    private IEnumerable<PlannedRule> Missing(RuleSet set) => set.Shared.Where(shared => !_shared.Contains(shared))
        .SelectMany(shared => shared.All).Concat(set.Punts).Concat(set.Verdicts);
}
