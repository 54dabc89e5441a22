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
    /// <summary>No room in the table; ENOMEM may be about something else.</summary>
    private const int Enospc = 28;

    private readonly RuleBook _book;
    private readonly ReportWriter _reports;
    private readonly GroupGuard _guard;
    private readonly HashSet<RuleState> _kept = [];
    private object? _at;
    private int? _fullAt;
    private bool _tableFull;
    private bool _leftOut;
    private bool _noFlowApi;

    public FlowReconciler(IFlowTable table)
    {
        _book = new RuleBook(table);
        _guard = new GroupGuard(_book);
        _reports = new ReportWriter(_book);
    }

    // One answer tells for every rule: nothing is walked or asked for as long as that answer stands.
    private bool TakesNoRules => _noFlowApi && _book.Count == 0 && _book.Refused.Count > 0;

    /// <summary>The rules that the NIC holds, in order of creation, stuck ones included.</summary>
    public ImmutableArray<PlannedRule> Realized => [.. _book.Installed.Select(installed => installed.Rule)];

    /// <summary>Calls that were made to the port so far, refused ones included.</summary>
    public long Calls => _book.Calls;

    /// <summary>First step, while the fallback still enforces the old policy.</summary>
    public ApplyReport Prepare(PlanUpdate update)
    {
        ArgumentNullException.ThrowIfNull(update);
        BeginStep();
        Adopt(update);
        _tableFull = false;
        if (TakesNoRules)
        {
            return Report();
        }

        ForgetTransientRefusals();
        _kept.Clear();
        RemoveUnwanted(state => state.Desired is null);
        _guard.ExchangeClashes();
        RefusalWalk refused = new(_book);
        foreach (RuleState state in InOrder(Open().Concat(_book.Suspect)))
        {
            if (refused.Allow(state))
            {
                CreatePunts(state.Desired!);
            }

            if (_tableFull)
            {
                break;
            }
        }

        _guard.SuspectThoseAstray();
        RemoveUnwanted(_ => true);
        return Report();
    }

    /// <summary>Second step, once every worker of the fallback enforces the new policy.</summary>
    public ApplyReport Complete()
    {
        BeginStep();
        Finish();
        return Report();
    }

    /// <summary>
    /// Tries again whatever was refused or is stuck, but for a port without rte_flow: that one has said all. Call between
    /// updates only, not between the two steps.
    /// </summary>
    public ApplyReport Retry()
    {
        BeginStep();
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
        BeginStep();
        _at = null;
        foreach (RuleState state in _book.Desired.ToList())
        {
            _book.Release(state.Key);
        }

        _kept.Clear();
        TearDown();
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
        _guard.Adopt(update.Delta);
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
        if (RemoveIdle() > 0 && (_leftOut || _book.Refused.Any(RefusalWalk.IsTransient)))
        {
            _tableFull = false;
            ForgetTransientRefusals();
            PlaceAll();
            RemoveIdle();
        }
    }

    // What leads to a group that is not whole waits for the rules that make it so, which may come later in the order.
    private void PlaceAll()
    {
        int created;
        do
        {
            created = _book.Created;
            _leftOut = false;
            PlaceOnce();
        }
        while (_leftOut && !_tableFull && _book.Created > created);
    }

    private void PlaceOnce()
    {
        RefusalWalk refused = new(_book);
        foreach (RuleState state in InOrder(Open()))
        {
            if (state.Installed is null && refused.Allow(state) && CreatePunts(state.Desired!))
            {
                bool astray = _guard.LeadsAstray(state.Desired!);
                _leftOut |= astray;
                _ = !astray && Create(state);
            }

            if (_tableFull)
            {
                break;
            }
        }
    }

    private int RemoveIdle()
    {
        int before = _book.Destroyed;
        _kept.Clear();
        _guard.SuspectThoseOf(_book.Idle);
        TearDown();
        _guard.EndOfTearDown();
        return _book.Destroyed - before;
    }

    // Unwanted drops and passes that would not go away earlier, then punts that nothing in the NIC depends on; what only
    // they depended on follows.
    private void TearDown()
    {
        int before;
        do
        {
            before = _book.Destroyed;
            RemoveUnwanted(_ => true);
            RemoveIdlePunts();
        }
        while (_book.Destroyed > before && _book.Suspect.Count + _book.Idle.Count > 0);
    }

    private void RemoveIdlePunts()
    {
        List<RuleState> idle = NewestFirst(_book.Idle);
        foreach (RuleState state in idle.Where(state => state.NeededBy > 0))
        {
            _book.SetDestroyRefusal(state, null);
            _book.Idle.Remove(state);
        }

        // Only now it is known which rules are stuck, and need theirs.
        HashSet<RuleKey> neutralisers = _book.Idle.Count > 0 ? _guard.Neutralisers() : [];
        foreach (RuleState state in idle.Where(state => state.NeededBy == 0))
        {
            if (neutralisers.Contains(state.Key))
            {
                _book.SetDestroyRefusal(state, null);
            }
            else
            {
                Remove(state);
            }
        }

        Neutralise();
    }

    // Neutralisers come after the destructions, which make room for them; a full table does not keep them from trying.
    private void RemoveUnwanted(Func<RuleState, bool> which)
    {
        foreach (RuleState state in NewestFirst(_book.Suspect))
        {
            if (!which(state))
            {
                continue;
            }

            if (state.Desired is { } rule && _book.HasAll(rule.DependsOn) && !_guard.LeadsAstray(rule))
            {
                _book.SetDestroyRefusal(state, null);
                _book.Suspect.Remove(state);
            }
            else if (state.NeededBy == 0)
            {
                Remove(state);
            }
        }

        Neutralise();
    }

    // A rule that the driver keeps is asked for once in a step.
    private void Remove(RuleState state)
    {
        if (!_kept.Contains(state) && !_book.Destroy(state))
        {
            _kept.Add(state);
        }
    }

    private void Neutralise()
    {
        foreach (RuleState state in _kept)
        {
            _guard.Neutralise(state.Installed!);
        }
    }

    // What it depends on, in any depth: in groups, content comes before the jumps to it.
    private bool CreatePunts(PlannedRule rule)
    {
        if (_book.HasAll(rule.DependsOn))
        {
            return true;
        }

        foreach (RuleKey key in rule.DependsOn)
        {
            if (_book.Find(key) is not { } punt ||
                (punt.Installed is null && !(punt.Desired is { } desired && CreatePunts(desired) && Create(punt))))
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

        RuleRejection? rejection = _guard.ObstacleTo(state) ?? _book.Create(state.Desired);
        _noFlowApi = rejection?.Reason == RejectReason.NoFlowApi;
        if (rejection is not null)
        {
            _book.Refuse(state, rejection);
            _fullAt = rejection is { Reason: RejectReason.TableFull, Errno: Enospc } ? _book.Count : _fullAt;
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

    private void ForgetTransientRefusals() => ForgetRefusals(RefusalWalk.IsTransient);

    private void ForgetRefusals(Func<RuleState, bool> which)
    {
        if (_book.Refused.Count > 0)
        {
            List<RuleState> forgotten = [.. _book.Refused.Where(which)];
            forgotten.ForEach(_book.ForgetRefusal);
        }
    }

    private ApplyReport Report()
    {
        bool full = _tableFull && !_noFlowApi;
        ApplyReport report = _reports.Write(full, _guard.IsHarmless);
        return full && _fullAt is not null ? report with { FullAt = _fullAt } : report;
    }

    private void BeginStep()
    {
        _book.BeginStep();
        _fullAt = null;
    }
}
