using Dpdk.Flow;
using NetPolNic.Offload.Planning;

namespace NetPolNic.Offload.Apply;

/// <summary>What the NIC has confirmed to hold, and the only place that calls it.</summary>
internal sealed class FlowTableState
{
    private readonly IFlowTable _table;
    private readonly Dictionary<RuleKey, InstalledRule> _installed = [];
    private long _sequence;

    internal FlowTableState(IFlowTable table) => _table = table;

    internal IEnumerable<InstalledRule> Installed => _installed.Values;

    internal int Count => _installed.Count;

    /// <summary>Rules created since <see cref="BeginStep"/>.</summary>
    internal int Created { get; private set; }

    /// <summary>Rules destroyed since <see cref="BeginStep"/>.</summary>
    internal int Destroyed { get; private set; }

    internal bool Has(RuleKey key) => _installed.ContainsKey(key);

    internal void BeginStep()
    {
        Created = 0;
        Destroyed = 0;
    }

    /// <summary>Takes over what a new plan says about rules that are installed already, stuck ones included.</summary>
    internal void Adopt(IReadOnlyDictionary<RuleKey, PlannedRule> desired)
    {
        foreach (InstalledRule installed in _installed.Values)
        {
            if (desired.TryGetValue(installed.Rule.Key, out PlannedRule? rule))
            {
                installed.Rule = rule;
                installed.DestroyRefusal = null;
            }
        }
    }

    /// <summary>A copy of what is installed, newest first: it may be changed while being walked.</summary>
    internal List<InstalledRule> NewestFirst(Func<InstalledRule, bool> which) =>
        [.. _installed.Values.Where(which).OrderByDescending(rule => rule.Sequence)];

    /// <summary>Creates a rule; null where it now is in the NIC.</summary>
    internal RuleRejection? Create(PlannedRule rule)
    {
        FlowCreateResult result = _table.Create(rule.Spec);
        if (result.Handle is null)
        {
            return result.Rejection ?? new RuleRejection(RejectReason.Other, FlowErrorType.None, -1, 0, null);
        }

        _installed.Add(rule.Key, new InstalledRule(rule, result.Handle, _sequence++));
        Created++;
        return null;
    }

    /// <summary>Destroys a rule; one that the driver keeps stays in the books with the driver's answer.</summary>
    internal bool Destroy(InstalledRule rule)
    {
        rule.DestroyRefusal = _table.Destroy(rule.Handle);
        if (rule.DestroyRefusal is not null)
        {
            return false;
        }

        _installed.Remove(rule.Rule.Key);
        Destroyed++;
        return true;
    }

    internal FlowCountResult QueryCount(InstalledRule rule) => _table.QueryCount(rule.Handle);

    internal void Forget() => _installed.Clear();
}
