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
    private const int MaxRounds = 8;

    private readonly RuleBook _book;
    private readonly ReportWriter _reports;
    private readonly GroupGuard _guard;
    private readonly RulePlacer _placer;
    private readonly RuleRemover _remover;
    private object? _at;

    public FlowReconciler(IFlowTable table)
    {
        _book = new RuleBook(table);
        _guard = new GroupGuard(_book);
        _placer = new RulePlacer(_book, _guard);
        _remover = new RuleRemover(_book, _guard);
        _reports = new ReportWriter(_book);
    }

    // One answer tells for every rule: nothing is walked or asked for as long as that answer stands.
    private bool TakesNoRules => _placer.HasNoFlowApi && _book.Count == 0 && _book.Refused.Count > 0;

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
        if (TakesNoRules)
        {
            return EndStep();
        }

        ForgetTransientRefusals();
        _remover.BeginStep();
        _remover.RemoveUnwanted(state => state.Desired is null);
        _guard.ExchangeClashes();
        _placer.Place(InOrder(Open().Concat(_book.Suspect)), whole: false);
        _guard.SuspectThoseAstray();
        _remover.RemoveUnwanted(_ => true);
        return EndStep();
    }

    /// <summary>Second step, once every worker of the fallback enforces the new policy.</summary>
    public ApplyReport Complete()
    {
        BeginStep();
        Finish();
        if (FlushWhereUnknown())
        {
            Finish();
        }

        return EndStep();
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
            return EndStep();
        }

        ForgetRefusals(_ => true);
        _book.Blocked.Clear();
        Finish();
        return EndStep();
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

        _remover.BeginStep();
        _remover.TearDown();
        return EndStep();
    }

    /// <summary>The port has lost its rules (stopped, reset): forgets them without a call to it.</summary>
    public void ForgetInstalled()
    {
        _book.ForgetInstalled();
        _placer.HasNoFlowApi = false;
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
        _placer.IsFull = false;
        if (TakesNoRules)
        {
            return;
        }

        ForgetTransientRefusals();
        _placer.MayTestRoom = true;

        // A drop that would not go while it lacked a punt may have it now, and stay.
        _placer.Place(InOrder(_book.Suspect), whole: false);
        PlaceAll();

        // What goes may make room, and may be what stood in the way of something; where there is no room left, one more try.
        for (int round = 1;
            RemoveIdle() > 0 && Open().Any() && round < (_placer.IsFull ? 2 : MaxRounds);
            round++)
        {
            bool oneByOne = _placer.IsFull;
            _placer.IsFull = false;
            ForgetTransientRefusals();
            PlaceAll(oneByOne);
        }
    }

    // What leads to a group that is not whole waits for the rules that make it so, which may come later in the order.
    private void PlaceAll(bool oneByOne = false)
    {
        int created;
        do
        {
            created = _book.Created;
            _placer.HasLeftOut = false;
            _placer.Place(InOrder(Open()), whole: true, oneByOne);
        }
        while (_placer.HasLeftOut && !_placer.IsFull && _book.Created > created);
    }

    private int RemoveIdle()
    {
        int before = _book.Destroyed;
        _remover.BeginStep();
        _guard.SuspectThoseOf(_book.Idle);
        _remover.TearDown();
        _guard.EndOfTearDown();
        return _book.Destroyed - before;
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

    private void ForgetTransientRefusals() => ForgetRefusals(RefusalWalk.IsTransient);

    private void ForgetRefusals(Func<RuleState, bool> which)
    {
        if (_book.Refused.Count > 0)
        {
            List<RuleState> forgotten = [.. _book.Refused.Where(which)];
            forgotten.ForEach(_book.ForgetRefusal);
        }
    }

    private ApplyReport EndStep()
    {
        _book.Tidy();
        FlushWhereUnknown();
        bool full = _placer.IsFull && !_placer.HasNoFlowApi;
        ApplyReport report = _reports.Write(full, _guard.IsHarmless);
        return full && _placer.FullAt is not null ? report with { FullAt = _placer.FullAt } : report;
    }

    private void BeginStep()
    {
        _book.BeginStep();
        _placer.BeginStep();
        FlushWhereUnknown();
    }

    // Without rules everything is punted, which is right at any time; what the port holds is known again.
    private bool FlushWhereUnknown()
    {
        bool flushed = _book.NeedsFlush && _book.Flush();
        if (flushed)
        {
            ForgetInstalled();
        }

        return flushed;
    }
}
