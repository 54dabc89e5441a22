using System.Collections.Immutable;
using NetPolNic.Offload.Planning.Budget;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Planning;

/// <summary>
/// The passes of one family's open pods and the remainders of its isolated ones, kept from snapshot to snapshot: what
/// <see cref="PassPlanner"/> places where the table is large enough.
/// </summary>
internal sealed class FamilyPasses
{
    private readonly IpFamily _family;
    private readonly PassPlanner _planner;
    private readonly TableChoice _rules;
    private readonly Dictionary<LocalEndpoint, Entry> _entries = new(ReferenceEqualityComparer.Instance);
    private ImmutableArray<RuleKey> _remainders = [];
    private bool _placed;
    private int _openCount;

    internal FamilyPasses(IpFamily family, PassPlanner planner, TableChoice rules)
    {
        _family = family;
        _planner = planner;
        _rules = rules;
    }

    /// <summary>Addresses of open pods that the NIC cannot pass.</summary>
    internal int PuntCount => _placed && _rules.WithPasses ? 0 : _openCount;

    /// <summary>Follows a snapshot.</summary>
    /// <param name="endpoints">All local pods.</param>
    /// <param name="gone">Pods of the snapshot before that are not in this one as they were.</param>
    /// <param name="come">Pods that take their place, or are new.</param>
    internal void Update(ImmutableArray<LocalEndpoint> endpoints, List<LocalEndpoint> gone, List<LocalEndpoint> come)
    {
        if (!KeepsLayout(gone, come))
        {
            Rebuild(endpoints);
            return;
        }

        // Who is isolated, and where, is as before; the lines of policy behind it may not be.
        for (int i = 0; _placed && i < gone.Count; i++)
        {
            Remove(gone[i]);
        }

        for (int i = 0; _placed && i < come.Count; i++)
        {
            AddRemainders(come[i]);
        }
    }

    private static bool KeepsLayout(List<LocalEndpoint> gone, List<LocalEndpoint> come) =>
        gone.Count == come.Count && gone.TrueForAll(endpoint => endpoint.IsIsolated()) &&
        come.TrueForAll(endpoint => endpoint.IsIsolated()) &&
        gone.SelectMany(endpoint => endpoint.Addresses).ToHashSet()
            .SetEquals(come.SelectMany(endpoint => endpoint.Addresses));

    private void Rebuild(ImmutableArray<LocalEndpoint> endpoints)
    {
        HashSet<IpAddr> isolated = [];
        foreach (LocalEndpoint endpoint in endpoints)
        {
            if (endpoint.IsIsolated())
            {
                isolated.UnionWith(endpoint.Addresses);
            }
        }

        List<(LocalEndpoint Endpoint, ImmutableArray<IpAddr> Addrs)> open = [];
        foreach (LocalEndpoint endpoint in endpoints)
        {
            ImmutableArray<IpAddr> passable = endpoint.IsIsolated()
                ? []
                : [.. endpoint.Addresses.Where(a => a.Family == _family && !isolated.Contains(a))];
            if (!passable.IsEmpty)
            {
                open.Add((endpoint, passable));
            }
        }

        _placed = open.Count > 0 && _planner.Impossible(open[0].Addrs[0]) is null;
        _openCount = open.Sum(pair => pair.Addrs.Length);
        HashSet<LocalEndpoint> stay = new(
            _placed ? endpoints.Where(e => e.IsIsolated()).Concat(open.Select(pair => pair.Endpoint)) : [],
            ReferenceEqualityComparer.Instance);
        foreach (LocalEndpoint endpoint in _entries.Keys.Where(known => !stay.Contains(known)).ToList())
        {
            Remove(endpoint);
        }

        foreach (LocalEndpoint endpoint in stay.Where(e => e.IsIsolated() && !_entries.ContainsKey(e)))
        {
            AddRemainders(endpoint);
        }

        if (_placed)
        {
            FindRemainders();
            open.ForEach(pair => SetPasses(pair.Endpoint, pair.Addrs));
        }
    }

    // The same instance as long as the keys are the same: it is what passes share.
    private void FindRemainders()
    {
        HashSet<RuleKey> keys =
            [.. _planner.BasisKeys, .. _entries.Values.SelectMany(entry => entry.Set.Punts).Select(rule => rule.Key)];
        if (!keys.SetEquals(_remainders))
        {
            _remainders = [.. _planner.BasisKeys, .. keys.Except(_planner.BasisKeys).Order()];
        }
    }

    private void AddRemainders(LocalEndpoint endpoint)
    {
        ImmutableArray<IpAddr> addrs = [.. endpoint.Addresses.Where(a => a.Family == _family)];
        RuleSet set = new(
            UnitContext.NameOf(endpoint),
            Direction.Ingress,
            [.. addrs.SelectMany(addr => _planner.RemaindersOf(endpoint, addr))],
            [])
        {
            Shared = _planner.Basis,
        };
        _entries.Add(endpoint, new Entry(addrs, set));
        _rules.AddPasses(set);
    }

    private void SetPasses(LocalEndpoint endpoint, ImmutableArray<IpAddr> addrs)
    {
        ImmutableArray<PlannedRule> rules;
        if (_entries.TryGetValue(endpoint, out Entry? old))
        {
            bool sameAddrs = old.Addrs.AsSpan().SequenceEqual(addrs.AsSpan());
            rules = old.Set.Verdicts;
            if (sameAddrs && rules.All(rule => rule.DependsOn == _remainders))
            {
                return;
            }

            rules = sameAddrs ? [.. rules.Select(rule => rule with { DependsOn = _remainders })] : [];
            Remove(endpoint);
        }
        else
        {
            rules = [];
        }

        rules = rules.IsEmpty ? [.. addrs.SelectMany(addr => _planner.PassesOf(endpoint, addr, _remainders))] : rules;
        RuleSet set = new(UnitContext.NameOf(endpoint), Direction.Ingress, [], rules)
        {
            Shared = _planner.Basis,
        };
        _entries.Add(endpoint, new Entry(addrs, set));
        _rules.AddPasses(set);
    }

    private void Remove(LocalEndpoint endpoint)
    {
        if (_entries.Remove(endpoint, out Entry? entry))
        {
            _rules.RemovePasses(entry.Set);
        }
    }

    private sealed record Entry(ImmutableArray<IpAddr> Addrs, RuleSet Set);
}
