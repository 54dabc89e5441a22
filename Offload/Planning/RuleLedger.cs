using System.Collections.Immutable;

namespace NetPolNic.Offload.Planning;

/// <summary>
/// Which rules the plan has, by whom each is needed, and what of that has changed since it was last asked. Several sets may
/// need one rule: it stays until the last of them is gone.
/// </summary>
internal sealed class RuleLedger
{
    private readonly Dictionary<RuleKey, Entry> _entries = [];
    private readonly List<Entry> _touched = [];

    /// <summary>Distinct rules that some set needs.</summary>
    internal int Count { get; private set; }

    internal void Add(RuleSet set)
    {
        foreach (PlannedRule rule in set.Punts)
        {
            Add(rule);
        }

        foreach (PlannedRule rule in set.Verdicts)
        {
            Add(rule);
        }
    }

    /// <summary>Takes back what the same instance was added for.</summary>
    internal void Remove(RuleSet set)
    {
        foreach (PlannedRule rule in set.Punts)
        {
            Remove(rule);
        }

        foreach (PlannedRule rule in set.Verdicts)
        {
            Remove(rule);
        }
    }

    /// <summary>How many sets need a rule.</summary>
    internal int UsersOf(RuleKey key) => _entries.TryGetValue(key, out Entry? entry) ? entry.Users : 0;

    /// <summary>Rules that a set would add; counting ends above <paramref name="limit"/>.</summary>
    internal int MarginalOf(RuleSet set, int limit)
    {
        HashSet<RuleKey> added = [];
        foreach (PlannedRule rule in set.All)
        {
            if (added.Count > limit)
            {
                break;
            }

            if (UsersOf(rule.Key) == 0)
            {
                added.Add(rule.Key);
            }
        }

        return added.Count;
    }

    /// <summary>The difference to the last call, which the next call starts from.</summary>
    internal (ImmutableArray<PlannedRule> Added, ImmutableArray<PlannedRule> Removed, ImmutableArray<PlannedRule> Changed)
        Take()
    {
        ImmutableArray<PlannedRule>.Builder added = ImmutableArray.CreateBuilder<PlannedRule>();
        ImmutableArray<PlannedRule>.Builder removed = ImmutableArray.CreateBuilder<PlannedRule>();
        ImmutableArray<PlannedRule>.Builder changed = ImmutableArray.CreateBuilder<PlannedRule>();
        foreach (Entry entry in _touched)
        {
            PlannedRule? before = entry.Told;
            PlannedRule? now = entry.Merged();
            entry.Told = before is not null && now is not null && SaySame(before, now) ? before : now;
            if (before is null && now is not null)
            {
                added.Add(now);
            }
            else if (before is not null && now is null)
            {
                removed.Add(before);
            }
            else if (!ReferenceEquals(entry.Told, before))
            {
                changed.Add(now!);
            }

            entry.IsTouched = false;
            if (entry.IsEmpty)
            {
                _entries.Remove(entry.Key);
            }
        }

        _touched.Clear();
        return (added.DrainToImmutable(), removed.DrainToImmutable(), changed.DrainToImmutable());
    }

    private static bool SaySame(PlannedRule left, PlannedRule right) => ReferenceEquals(left, right) ||
        (left.Pod == right.Pod && left.Direction == right.Direction && left.IsHotPair == right.IsHotPair &&
            (left.Origins == right.Origins || left.Origins.AsSpan().SequenceEqual(right.Origins.AsSpan())) &&
            (left.DependsOn == right.DependsOn || left.DependsOn.AsSpan().SequenceEqual(right.DependsOn.AsSpan())));

    private void Add(PlannedRule rule)
    {
        if (!_entries.TryGetValue(rule.Key, out Entry? entry))
        {
            _entries.Add(rule.Key, entry = new Entry(rule.Key));
        }

        Count += entry.IsEmpty ? 1 : 0;
        entry.Add(rule);
        Touch(entry);
    }

    private void Remove(PlannedRule rule)
    {
        Entry entry = _entries[rule.Key];
        entry.Remove(rule);
        Count -= entry.IsEmpty ? 1 : 0;
        Touch(entry);
    }

    private void Touch(Entry entry)
    {
        if (!entry.IsTouched)
        {
            entry.IsTouched = true;
            _touched.Add(entry);
        }
    }

    /// <summary>One rule. Nearly always one set needs it, so the others have a list of their own.</summary>
    private sealed class Entry(RuleKey key)
    {
        private PlannedRule? _first;
        private List<PlannedRule>? _others;

        internal RuleKey Key { get; } = key;

        /// <summary>What the last difference left in force.</summary>
        internal PlannedRule? Told { get; set; }

        internal bool IsTouched { get; set; }

        internal bool IsEmpty => _first is null;

        internal int Users => _first is null ? 0 : 1 + (_others?.Count ?? 0);

        internal PlannedRule? Merged() =>
            _others is { Count: > 0 } ? _others.Aggregate(_first!, (merged, next) => merged.MergedWith(next)) : _first;

        internal void Add(PlannedRule rule)
        {
            if (_first is null)
            {
                _first = rule;
            }
            else
            {
                (_others ??= []).Add(rule);
            }
        }

        internal void Remove(PlannedRule rule)
        {
            if (!ReferenceEquals(_first, rule))
            {
                _others!.RemoveAt(_others.FindIndex(other => ReferenceEquals(other, rule)));
            }
            else if (_others is { Count: > 0 })
            {
                _first = _others[^1];
                _others.RemoveAt(_others.Count - 1);
            }
            else
            {
                _first = null;
            }
        }
    }
}
