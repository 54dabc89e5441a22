using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace NetPolNic.Offload.Planning;

/// <summary>
/// Which rules the plan has, by whom each is needed, and what of that has changed since it was last asked. Several sets may
/// need one rule: it stays until the last of them is gone.
/// </summary>
internal sealed class RuleLedger
{
    private readonly Dictionary<RuleKey, Entry> _entries = [];
    private readonly List<Entry> _touched = [];
    private readonly Dictionary<RuleSet, int> _shared = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<RuleSet> _counted = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<RuleSet> _changed = new(ReferenceEqualityComparer.Instance);

    /// <summary>Distinct rules that some set needs, as of the last <see cref="Settle"/>.</summary>
    internal int Count { get; private set; }

    internal void Add(RuleSet set)
    {
        foreach (RuleSet shared in set.Shared)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_shared, shared, out _)++;
            _changed.Add(shared);
        }

        AddRules(set);
    }

    /// <summary>Takes back what the same instance was added for.</summary>
    internal void Remove(RuleSet set)
    {
        foreach (RuleSet shared in set.Shared)
        {
            _shared[shared]--;
            _changed.Add(shared);
        }

        RemoveRules(set);
    }

    /// <summary>How many sets need a rule, sets that others share counting once.</summary>
    internal int UsersOf(RuleKey key) => _entries.TryGetValue(key, out Entry? entry) ? entry.Users : 0;

    /// <summary>Rules that a set would add, as of the last <see cref="Settle"/>; counting ends above a limit.</summary>
    internal int MarginalOf(RuleSet set, int limit)
    {
        HashSet<RuleKey> added = [];
        foreach (RuleSet part in set.Shared.Where(shared => !_counted.Contains(shared)).Append(set))
        {
            foreach (PlannedRule rule in part.Unshared)
            {
                if (added.Count > limit)
                {
                    return added.Count;
                }

                if (UsersOf(rule.Key) == 0)
                {
                    added.Add(rule.Key);
                }
            }
        }

        return added.Count;
    }

    /// <summary>Counts the rules of sets that came or went since the last call; one that replaces another by what differs.</summary>
    internal void Settle()
    {
        if (_changed.Count == 0)
        {
            return;
        }

        List<RuleSet> come = [.. _changed.Where(set => _shared[set] > 0 && !_counted.Contains(set))];
        HashSet<RuleSet> gone = new(
            _changed.Where(set => _shared[set] == 0 && _counted.Contains(set)), ReferenceEqualityComparer.Instance);
        foreach (RuleSet set in come.Where(set => !TryReplace(set, gone)))
        {
            AddRules(set);
        }

        _counted.UnionWith(come);
        foreach (RuleSet set in gone)
        {
            RemoveRules(set);
            _counted.Remove(set);
        }

        foreach (RuleSet set in _changed.Where(set => _shared[set] == 0))
        {
            _shared.Remove(set);
        }

        _changed.Clear();
    }

    private bool TryReplace(RuleSet set, HashSet<RuleSet> gone)
    {
        if (set.Change is not { } change || !gone.Remove(change.From))
        {
            return false;
        }

        // Entries are the last of the punts.
        RuleSet old = change.From;
        AddAll(set.Punts.AsSpan()[..^set.Entries.Length]);
        change.Added.ForEach(Add);
        AddAll(set.Verdicts.AsSpan());
        RemoveAll(old.Punts.AsSpan()[..^old.Entries.Length]);
        change.Removed.ForEach(Remove);
        RemoveAll(old.Verdicts.AsSpan());
        _counted.Remove(old);
        return true;
    }

    private void AddAll(ReadOnlySpan<PlannedRule> rules)
    {
        foreach (PlannedRule rule in rules)
        {
            Add(rule);
        }
    }

    private void RemoveAll(ReadOnlySpan<PlannedRule> rules)
    {
        foreach (PlannedRule rule in rules)
        {
            Remove(rule);
        }
    }

    private void AddRules(RuleSet set)
    {
        AddAll(set.Punts.AsSpan());
        AddAll(set.Verdicts.AsSpan());
    }

    private void RemoveRules(RuleSet set)
    {
        RemoveAll(set.Punts.AsSpan());
        RemoveAll(set.Verdicts.AsSpan());
    }

    /// <summary>The difference to the last call, which the next call starts from.</summary>
    internal (ImmutableArray<PlannedRule> Added, ImmutableArray<PlannedRule> Removed, ImmutableArray<PlannedRule> Changed)
        Take()
    {
        ImmutableArray<PlannedRule>.Builder added = ImmutableArray.CreateBuilder<PlannedRule>();
        ImmutableArray<PlannedRule>.Builder removed = ImmutableArray.CreateBuilder<PlannedRule>();
        ImmutableArray<PlannedRule>.Builder changed = ImmutableArray.CreateBuilder<PlannedRule>();
        Settle();
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
