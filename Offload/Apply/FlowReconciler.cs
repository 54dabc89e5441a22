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
/// NIC only together with every punt that it depends on. An update costs by what it changes, and by what is refused or
/// stuck. Call from one thread; create one per port.
/// </summary>
public sealed class FlowReconciler
{
    private readonly RuleBook _book;
    private readonly ReportWriter _reports;
    private object? _at;
    private RuleTemplate? _cover;
    private RuleTemplate? _remainder;
    private bool _tableFull;
    private bool _noFlowApi;

    public FlowReconciler(IFlowTable table)
    {
        _book = new RuleBook(table);
        _reports = new ReportWriter(_book);
    }

    // One answer tells for every rule: nothing is walked or asked for as long as that answer stands.
    private bool TakesNoRules => _noFlowApi && _book.Count == 0 && _book.Refused.Count > 0;

    /// <summary>The rules that the NIC holds, in order of creation, stuck ones included.</summary>
    public ImmutableArray<PlannedRule> Realized => [.. _book.Installed.Select(installed => installed.Rule)];

    /// <summary>First step, while the fallback still enforces the old policy.</summary>
    public ApplyReport Prepare(PlanUpdate update)
    {
        ArgumentNullException.ThrowIfNull(update);
        _book.BeginStep();
        Adopt(update);
        _tableFull = false;
        if (TakesNoRules)
        {
            return Report();
        }

        ForgetTransientRefusals();
        foreach (RuleState state in InOrder(Open().Concat(_book.Suspect)))
        {
            if (IsWanted(state))
            {
                CreatePunts(state.Desired!);
            }

            if (_tableFull)
            {
                break;
            }
        }

        RemoveUnwanted();
        return Report();
    }

    /// <summary>Second step, once every worker of the fallback enforces the new policy.</summary>
    public ApplyReport Complete()
    {
        _book.BeginStep();
        Finish();
        return Report();
    }

    /// <summary>
    /// Tries again whatever was refused or is stuck, but for a port without rte_flow: that one has said all. Call between
    /// updates only, not between the two steps.
    /// </summary>
    public ApplyReport Retry()
    {
        _book.BeginStep();
        if (TakesNoRules)
        {
            return Report();
        }

        ForgetRefusals(_ => true);
        _book.Blocked.Clear();
        Finish();
        return Report();
    }

    /// <summary>Takes every rule out: drops and passes first, each kind newest first.</summary>
    public ApplyReport Clear()
    {
        _book.BeginStep();
        _at = null;
        foreach (RuleState state in _book.Desired.ToList())
        {
            _book.Release(state.Key);
        }

        bool clean = true;
        foreach (InstalledRule rule in _book.Installed.Where(installed => !installed.IsPunt).Reverse().ToList())
        {
            clean &= _book.Destroy(_book.Find(rule.Rule.Key)!);
        }

        // A drop that stays needs its punts.
        foreach (InstalledRule rule in clean ? _book.Installed.Reverse().ToList() : [])
        {
            _book.Destroy(_book.Find(rule.Rule.Key)!);
        }

        return Report();
    }

    /// <summary>The port has lost its rules (stopped, reset): forgets them without a call to it.</summary>
    public void ForgetInstalled()
    {
        _book.ForgetInstalled();
        _noFlowApi = false;
        ForgetRefusals(_ => true);
    }

    /// <summary>Hit counters of the rules in the NIC, in order of creation.</summary>
    public ImmutableArray<RuleCounters> ReadCounters() =>
    [
        .. _book.Installed.Select(rule => new RuleCounters(
            rule.Rule,
            rule.Rule.Spec.Actions.Any(action => action is CountAction)
                ? _book.QueryCount(rule).Counters
                : null)),
    ];

    private void Adopt(PlanUpdate update)
    {
        _cover = update.Delta.Cover ?? _cover;
        _remainder = update.Delta.Remainder ?? _remainder;
        bool follows = ReferenceEquals(update.From, _at);
        HashSet<RuleKey> kept = follows ? [] : [.. update.Plan.Rules.Select(rule => rule.Key)];
        ImmutableArray<RuleKey> gone = follows
            ? [.. update.Removed.Select(rule => rule.Key)]
            : [.. _book.Desired.Select(state => state.Key).Where(key => !kept.Contains(key))];
        foreach (PlannedRule rule in follows ? update.Added.AddRange(update.Changed) : update.Plan.Rules)
        {
            _book.Desire(rule);
        }

        foreach (RuleKey key in gone)
        {
            _book.Release(key);
        }

        _at = update.To;
    }

    private void Finish()
    {
        _tableFull = false;
        if (TakesNoRules)
        {
            return;
        }

        ForgetTransientRefusals();
        PlaceAll();
        if (RemoveIdle() > 0 && _book.Refused.Any(IsTransient))
        {
            _tableFull = false;
            ForgetTransientRefusals();
            PlaceAll();
            RemoveIdle();
        }
    }

    private void PlaceAll()
    {
        foreach (RuleState state in InOrder(Open()))
        {
            if (IsWanted(state) && CreatePunts(state.Desired!))
            {
                Create(state);
            }

            if (_tableFull)
            {
                break;
            }
        }
    }

    // Unwanted drops and passes that would not go away earlier, then punts that nothing in the NIC depends on.
    private int RemoveIdle()
    {
        int before = _book.Destroyed;
        RemoveUnwanted();
        HashSet<RuleKey> neutralisers =
            [.. _book.Stuck.Select(state => NeutraliserOf(state.Installed!)).OfType<PlannedRule>().Select(rule => rule.Key)];
        for (int destroyed = -1; destroyed != _book.Destroyed;)
        {
            destroyed = _book.Destroyed;
            RemoveIdle(neutralisers);
        }

        return _book.Destroyed - before;
    }

    // A punt that jumps needs others: those are idle once it is gone.
    private void RemoveIdle(HashSet<RuleKey> neutralisers)
    {
        foreach (RuleState state in NewestFirst(_book.Idle))
        {
            if (state.NeededBy > 0)
            {
                _book.SetDestroyRefusal(state, null);
                _book.Idle.Remove(state);
            }
            else if (neutralisers.Contains(state.Key))
            {
                _book.SetDestroyRefusal(state, null);
            }
            else
            {
                _book.Destroy(state);
            }
        }
    }

    // Neutralisers come after the destructions, which make room for them; a full table does not keep them from trying.
    private void RemoveUnwanted()
    {
        List<InstalledRule> stuck = [];
        foreach (RuleState state in NewestFirst(_book.Suspect))
        {
            if (state.Desired is not null && _book.HasAll(state.Desired.DependsOn))
            {
                _book.SetDestroyRefusal(state, null);
                _book.Suspect.Remove(state);
            }
            else if (!_book.Destroy(state))
            {
                stuck.Add(state.Installed!);
            }
        }

        foreach (InstalledRule rule in stuck)
        {
            if (NeutraliserOf(rule) is { } neutraliser && !_book.Has(neutraliser.Key))
            {
                _book.Create(neutraliser);
            }
        }
    }

    private bool CreatePunts(PlannedRule rule)
    {
        if (_book.HasAll(rule.DependsOn))
        {
            return true;
        }

        foreach (RuleKey key in rule.DependsOn)
        {
            if (_book.Find(key) is not { } punt || (punt.Installed is null && !Create(punt)))
            {
                return false;
            }
        }

        return true;
    }

    private bool Create(RuleState state)
    {
        if (_tableFull || state.Desired is null || state.Refusal is not null)
        {
            return false;
        }

        RuleRejection? rejection = _book.Create(state.Desired);
        _noFlowApi = rejection?.Reason == RejectReason.NoFlowApi;
        if (rejection is not null)
        {
            _book.Refuse(state, rejection);
            _tableFull |= rejection.Reason
                is RejectReason.TableFull or RejectReason.NoFlowApi or RejectReason.DeviceGone;
        }

        return rejection is null;
    }

    /// <summary>Drops and passes to place; a copy.</summary>
    private IEnumerable<RuleState> Open() =>
        _book.Blocked.Count == 0 ? _book.Missing : _book.Missing.Where(state => !_book.Blocked.Contains(state));

    private static List<RuleState> InOrder(IEnumerable<RuleState> states)
    {
        List<RuleState> sorted = [.. states.Where(state => state.Desired is not null)];
        sorted.Sort((x, y) => (x.Desired!.Verdict == RuleVerdict.Pass, x.Order)
            .CompareTo((y.Desired!.Verdict == RuleVerdict.Pass, y.Order)));
        return sorted;
    }

    private static List<RuleState> NewestFirst(HashSet<RuleState> states)
    {
        List<RuleState> sorted = [.. states];
        sorted.Sort((x, y) => y.Installed!.Sequence.CompareTo(x.Installed!.Sequence));
        return sorted;
    }

    // What the driver cannot express is not asked again until a retry, and its punts are not held in the NIC for it.
    private bool IsWanted(RuleState state)
    {
        RuleState? refused = state.Refusal is not null ? state : null;
        foreach (RuleKey key in _book.Refused.Count > 0 && refused is null ? state.Desired!.DependsOn : [])
        {
            if (_book.Find(key) is { Refusal: not null } punt)
            {
                refused = punt;
                break;
            }
        }

        if (refused is not null && !IsTransient(refused) && state.IsMissing)
        {
            _book.Blocked.Add(state);
        }

        return refused is null;
    }

    private static bool IsTransient(RuleState refused) =>
        refused.Refusal!.Rejection.Reason
            is not RejectReason.Unsupported and not RejectReason.Invalid and not RejectReason.NoFlowApi;

    private void ForgetTransientRefusals() => ForgetRefusals(IsTransient);

    private void ForgetRefusals(Func<RuleState, bool> which)
    {
        if (_book.Refused.Count > 0)
        {
            List<RuleState> forgotten = [.. _book.Refused.Where(which)];
            forgotten.ForEach(_book.ForgetRefusal);
        }
    }

    private PlannedRule? NeutraliserOf(InstalledRule rule) => rule.IsPunt ? null : NeutraliserOf(rule.Rule);

    private PlannedRule? NeutraliserOf(PlannedRule rule)
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

    private ApplyReport Report() => _reports.Write(_tableFull && !_noFlowApi, IsNeutralised);

    private bool IsNeutralised(PlannedRule rule) => NeutraliserOf(rule) is { } neutraliser && _book.Has(neutraliser.Key);
}
