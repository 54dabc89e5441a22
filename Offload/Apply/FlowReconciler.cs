using System.Collections.Immutable;
using Dpdk.Flow;
using NetPolNic.Offload.Planning;

namespace NetPolNic.Offload.Apply;

/// <summary>
/// Keeps one port equal to the latest plan, make before break. An update has two steps around the swap of the
/// fallback's snapshot:
/// <list type="number">
/// <item><see cref="Prepare"/>: create new punts, then destroy old drops and passes. Whatever is still dropped or
/// passed after that is so in the old and in the new plan, behind the covers of both.</item>
/// <item>the caller swaps the snapshot;</item>
/// <item><see cref="Complete"/>: create new drops and passes, then destroy old punts.</item>
/// </list>
/// At every moment each packet thus gets the verdict of the policy in force in the fallback. A drop or pass is in the
/// NIC only together with every punt that it depends on. Call from one thread; create one per port.
/// </summary>
public sealed class FlowReconciler
{
    private readonly FlowTableState _table;
    private readonly Dictionary<RuleKey, RefusedRule> _refused = [];
    private OffloadPlan _plan = OffloadPlan.Empty;
    private Dictionary<RuleKey, PlannedRule> _desired = [];
    private RuleTemplate? _cover;
    private RuleTemplate? _remainder;
    private bool _tableFull;

    public FlowReconciler(IFlowTable table) => _table = new FlowTableState(table);

    /// <summary>The plan that the NIC is being made equal to.</summary>
    public OffloadPlan Desired => _plan;

    /// <summary>The rules that the NIC holds, in order of creation, stuck ones included.</summary>
    public ImmutableArray<PlannedRule> Realized =>
        [.. _table.Installed.OrderBy(rule => rule.Sequence).Select(rule => rule.Rule)];

    /// <summary>First step, while the fallback still enforces the old policy.</summary>
    public ApplyReport Prepare(OffloadPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        _table.BeginStep();
        _plan = plan;
        _cover = plan.Cover ?? _cover;
        _remainder = plan.Remainder ?? _remainder;
        _desired = plan.Rules.ToDictionary(rule => rule.Key);
        _table.Adopt(_desired);
        _tableFull = false;
        ForgetTransientRefusals();
        foreach (PlannedRule rule in Wanted())
        {
            CreatePunts(rule);
        }

        RemoveUnwanted();
        return Report();
    }

    /// <summary>Second step, once every worker of the fallback enforces the new policy.</summary>
    public ApplyReport Complete()
    {
        _table.BeginStep();
        Finish();
        return Report();
    }

    /// <summary>
    /// Tries again whatever was refused or is stuck. Call between updates only, not between the two steps.
    /// </summary>
    public ApplyReport Retry()
    {
        _table.BeginStep();
        _refused.Clear();
        Finish();
        return Report();
    }

    /// <summary>Takes every rule out: drops and passes first, each kind newest first.</summary>
    public ApplyReport Clear()
    {
        _table.BeginStep();
        _plan = OffloadPlan.Empty;
        _desired = [];
        _refused.Clear();
        bool clean = true;
        foreach (InstalledRule rule in _table.NewestFirst(installed => !installed.IsPunt))
        {
            clean &= _table.Destroy(rule);
        }

        // A drop that stays needs its punts.
        foreach (InstalledRule rule in clean ? _table.NewestFirst(installed => installed.IsPunt) : [])
        {
            _table.Destroy(rule);
        }

        return Report();
    }

    /// <summary>The port has lost its rules (stopped, reset): forgets them without a call to it.</summary>
    public void ForgetInstalled()
    {
        _table.Forget();
        _refused.Clear();
    }

    /// <summary>Hit counters of the rules in the NIC, in order of creation.</summary>
    public ImmutableArray<RuleCounters> ReadCounters() =>
    [
        .. _table.Installed.OrderBy(rule => rule.Sequence).Select(rule => new RuleCounters(
            rule.Rule,
            rule.Rule.Spec.Actions.Any(action => action is CountAction)
                ? _table.QueryCount(rule).Counters
                : null)),
    ];

    private void Finish()
    {
        _tableFull = false;
        ForgetTransientRefusals();
        PlaceAll();
        if (RemoveIdle() > 0 && _refused.Values.Any(IsTransient))
        {
            _tableFull = false;
            ForgetTransientRefusals();
            PlaceAll();
            RemoveIdle();
        }
    }

    private void PlaceAll()
    {
        foreach (PlannedRule rule in Wanted())
        {
            if (!_table.Has(rule.Key) && CreatePunts(rule))
            {
                Create(rule);
            }
        }
    }

    // Unwanted drops and passes that would not go away earlier, then punts that nothing in the NIC depends on.
    private int RemoveIdle()
    {
        int before = _table.Destroyed;
        RemoveUnwanted();
        HashSet<RuleKey> needed = [];
        foreach (InstalledRule rule in _table.Installed.Where(installed => !installed.IsPunt))
        {
            needed.UnionWith(rule.Rule.DependsOn);
            if (rule.DestroyRefusal is not null && Neutraliser(rule.Rule) is { } neutraliser)
            {
                needed.Add(neutraliser.Key);
            }
        }

        foreach (InstalledRule rule in _table.NewestFirst(installed => installed.IsPunt))
        {
            if (needed.Contains(rule.Rule.Key))
            {
                rule.DestroyRefusal = null;
            }
            else
            {
                _table.Destroy(rule);
            }
        }

        return _table.Destroyed - before;
    }

    // Neutralisers come after the destructions, which make room for them; a full table does not keep them from trying.
    private void RemoveUnwanted()
    {
        List<InstalledRule> stuck = [];
        foreach (InstalledRule rule in _table.NewestFirst(installed => !installed.IsPunt))
        {
            if (IsWanted(rule.Rule) && HasPunts(rule.Rule))
            {
                rule.DestroyRefusal = null;
            }
            else if (!_table.Destroy(rule))
            {
                stuck.Add(rule);
            }
        }

        foreach (InstalledRule rule in stuck)
        {
            if (Neutraliser(rule.Rule) is { } neutraliser && !_table.Has(neutraliser.Key))
            {
                _table.Create(neutraliser);
            }
        }
    }

    private bool CreatePunts(PlannedRule rule)
    {
        foreach (RuleKey key in rule.DependsOn)
        {
            if (!_table.Has(key) && !(_desired.TryGetValue(key, out PlannedRule? punt) && Create(punt)))
            {
                return false;
            }
        }

        return true;
    }

    private bool Create(PlannedRule rule)
    {
        if (_table.Has(rule.Key))
        {
            return true;
        }

        if (_tableFull || _refused.ContainsKey(rule.Key))
        {
            return false;
        }

        RuleRejection? rejection = _table.Create(rule);
        if (rejection is not null)
        {
            _refused[rule.Key] = new RefusedRule(rule, rejection);
            _tableFull |= rejection.Reason
                is RejectReason.TableFull or RejectReason.NoFlowApi or RejectReason.DeviceGone;
        }

        return rejection is null;
    }

    private IEnumerable<PlannedRule> Wanted() =>
        _plan.Rules.Where(rule => rule.Verdict != RuleVerdict.Punt && IsWanted(rule));

    // What the driver cannot express is not asked again until a retry, and its punts are not held in the NIC for it.
    private bool IsWanted(PlannedRule rule) =>
        _desired.ContainsKey(rule.Key) && !_refused.ContainsKey(rule.Key) &&
        !rule.DependsOn.Any(key => _refused.ContainsKey(key));

    private bool HasPunts(PlannedRule rule) => rule.DependsOn.All(_table.Has);

    private static bool IsTransient(RefusedRule refused) =>
        refused.Rejection.Reason is not RejectReason.Unsupported and not RejectReason.Invalid;

    // Also drops refusals of rules that the plan no longer has.
    private void ForgetTransientRefusals()
    {
        foreach ((RuleKey key, RefusedRule refused) in _refused)
        {
            if (IsTransient(refused) || !_desired.ContainsKey(key))
            {
                _refused.Remove(key);
            }
        }
    }

    private PlannedRule? Neutraliser(PlannedRule rule)
    {
        RuleTemplate? template = rule.Verdict == RuleVerdict.Pass ? _remainder ?? _cover : _cover;
        if (template is null)
        {
            return null;
        }

        FlowSpec spec = template.With(rule.Spec.Pattern);
        return new PlannedRule(
            RuleKey.Of(spec), spec, RuleVerdict.Punt, rule.Pod, rule.Direction, rule.Origins, []);
    }

    private ApplyReport Report() => new(
        _table.Created,
        _table.Destroyed,
        _table.Count,
        [.. _refused.Values.OrderBy(refused => refused.Rule.Key)],
        [
            .. _table.Installed.Where(rule => rule.DestroyRefusal is not null).OrderBy(rule => rule.Sequence)
                .Select(rule => new StuckRule(
                    rule.Rule, rule.DestroyRefusal!, rule.IsPunt || IsNeutralised(rule.Rule))),
        ],
        [.. _plan.Rules.Where(rule => rule.Verdict != RuleVerdict.Punt && !_table.Has(rule.Key))],
        _tableFull);

    private bool IsNeutralised(PlannedRule rule) => Neutraliser(rule) is { } neutraliser && _table.Has(neutraliser.Key);
}
