namespace NetPolNic.Offload.Planning.Budget;

/// <summary>Distinct rules of sets that are thought to be in a table: what they share counts once.</summary>
internal sealed class RuleTally
{
    private readonly HashSet<RuleKey> _rules = [];
    private readonly HashSet<RuleSet> _shared = new(ReferenceEqualityComparer.Instance);

    internal int Count => _rules.Count;

    /// <summary>What the set shares with others is in.</summary>
    internal bool Has(RuleSet shared) => _shared.Contains(shared);

    internal void Add(RuleSet set)
    {
        foreach (RuleSet shared in set.Shared)
        {
            if (_shared.Add(shared))
            {
                _rules.UnionWith(shared.Unshared.Select(rule => rule.Key));
            }
        }

        _rules.UnionWith(set.Unshared.Select(rule => rule.Key));
    }

    /// <summary>Takes the rules back that only this set has; what it shares stays.</summary>
    internal void Remove(RuleSet set) => _rules.ExceptWith(set.Unshared.Select(rule => rule.Key));

    /// <summary>Rules that a set would add.</summary>
    internal int CostOf(RuleSet set)
    {
        Trial trial = Try();
        trial.Add(set);
        return trial.Count;
    }

    internal Trial Try() => new(this);

    /// <summary>Counts what some sets would add together.</summary>
    internal sealed class Trial(RuleTally tally)
    {
        private readonly HashSet<RuleKey> _added = [];
        private readonly HashSet<RuleSet> _seen = new(ReferenceEqualityComparer.Instance);

        internal int Count => _added.Count;

        internal void Add(RuleSet set)
        {
            foreach (RuleSet shared in set.Shared)
            {
                if (!tally._shared.Contains(shared) && _seen.Add(shared))
                {
                    AddRules(shared);
                }
            }

            AddRules(set);
        }

        private void AddRules(RuleSet set)
        {
            foreach (PlannedRule rule in set.Unshared)
            {
                if (!tally._rules.Contains(rule.Key))
                {
                    _added.Add(rule.Key);
                }
            }
        }
    }
}
