using Dpdk.Flow;
using NetPolNic.Offload.Apply;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning;
using NetPolNic.Offload.Tests.Support;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Tests.Apply;

public sealed class FlowReconcilerTests
{
    private static readonly OffloadPlan s_isolated = PlanOf("mlx5", PolicySet.Closed);
    private static readonly OffloadPlan s_open = PlanOf("mlx5", PolicySet.Open);

    private readonly FakeFlowTable _table = new();
    private readonly FlowReconciler _reconciler;

    public FlowReconcilerTests() => _reconciler = new FlowReconciler(_table);

    [Fact]
    public void Creates_only_punts_before_the_swap()
    {
        ApplyReport report = _reconciler.Prepare(PlanUpdate.Of(s_isolated));

        Assert.All(_table.Rules, rule => Assert.DoesNotContain(rule.Actions, action => action is DropAction));
        Assert.Equal(s_isolated.Rules.Count(rule => rule.Verdict == RuleVerdict.Punt), report.Created);
        Assert.Equal(s_isolated.Rules.Count(rule => rule.Verdict != RuleVerdict.Punt), report.Missing.Length);
    }

    [Fact]
    public void Holds_exactly_the_plan_after_the_swap()
    {
        _reconciler.Prepare(PlanUpdate.Of(s_isolated));
        ApplyReport report = _reconciler.Complete();

        Assert.True(report.IsComplete);
        Assert.Equal(s_isolated.Rules.Length, _table.Count);
    }

    [Fact]
    public void Makes_no_call_when_the_plan_stays_the_same()
    {
        Apply(s_isolated);
        int calls = _table.Calls;
        Apply(PlanOf("mlx5", PolicySet.Closed));

        Assert.Equal(calls, _table.Calls);
    }

    [Fact]
    public void Installs_no_drop_when_one_of_its_covers_is_refused()
    {
        PlannedRule cover = s_isolated.Rules.First(rule => rule.Verdict == RuleVerdict.Punt);
        _table.Fault = (call, spec) =>
            call == "create" && RuleKey.Of(spec) == cover.Key ? RejectReason.Unsupported : null;
        ApplyReport report = Apply(s_isolated);

        Assert.DoesNotContain(_reconciler.Realized, rule => rule.DependsOn.Contains(cover.Key));
        Assert.Equal(cover.Key, Assert.Single(report.Refused).Rule.Key);
        Assert.Contains(report.ToPunts(), punt => punt.Reason == PuntReason.RejectedByDriver);
    }

    [Fact]
    public void Asks_again_for_what_is_unsupported_only_on_a_retry()
    {
        _table.Fault = (call, spec) =>
            call == "create" && spec.Actions.Any(a => a is DropAction) ? RejectReason.Unsupported : null;
        Apply(s_isolated);
        int calls = _table.Calls;
        ApplyReport again = Apply(s_isolated);
        Assert.Equal(calls, _table.Calls);
        Assert.NotEmpty(again.Refused);

        _table.Fault = (_, _) => null;
        Assert.True(_reconciler.Retry().IsComplete);
    }

    [Fact]
    public void Asks_a_port_without_rte_flow_once()
    {
        _table.Fault = (call, _) => call == "create" ? RejectReason.NoFlowApi : null;
        ApplyReport first = Apply(s_isolated);
        int calls = _table.Calls;
        ApplyReport again = _reconciler.Retry();
        Apply(s_isolated);

        Assert.Equal(1, calls);
        Assert.Equal(calls, _table.Calls);
        Assert.False(first.TableFull);
        Assert.Single(again.Refused);
        Assert.NotEmpty(again.Missing);
        Assert.All(again.ToPunts(), punt => Assert.Equal(PuntReason.RejectedByDriver, punt.Reason));
    }

    [Fact]
    public void Asks_a_port_again_once_it_has_changed()
    {
        _table.Fault = (call, _) => call == "create" ? RejectReason.NoFlowApi : null;
        Apply(s_isolated);
        _table.Fault = (_, _) => null;
        _reconciler.ForgetInstalled();

        Assert.True(_reconciler.Retry().IsComplete);
    }

    [Fact]
    public void Keeps_no_idle_punts_when_their_drops_are_refused()
    {
        _table.Fault = (call, spec) =>
            call == "create" && spec.Actions.Any(a => a is DropAction) ? RejectReason.Unsupported : null;
        Apply(s_isolated);

        Assert.DoesNotContain(_table.Rules, rule => rule.Attr.Priority == 0);
    }

    [Fact]
    public void Puts_a_punt_before_a_drop_that_will_not_go_away()
    {
        Apply(s_isolated);
        _table.Fault = (call, spec) =>
            call == "destroy" && spec.Actions.Any(a => a is DropAction) ? RejectReason.Busy : null;
        ApplyReport report = _reconciler.Prepare(PlanUpdate.Of(s_open));

        Assert.NotEmpty(report.Stuck);
        Assert.All(report.Stuck, stuck => Assert.True(stuck.Neutralised));
        foreach (StuckRule stuck in report.Stuck)
        {
            Assert.Contains(_table.Rules, rule => rule.Attr.Priority == 0 &&
                TestpmdSyntax.FormatPattern(rule.Pattern) == stuck.Rule.Pattern);
        }
    }

    [Fact]
    public void Clears_up_once_a_stuck_drop_goes_away()
    {
        Apply(s_isolated);
        _table.Fault = (call, spec) =>
            call == "destroy" && spec.Actions.Any(a => a is DropAction) ? RejectReason.Busy : null;
        Apply(s_open);
        _table.Fault = (_, _) => null;
        ApplyReport report = _reconciler.Retry();

        Assert.True(report.IsComplete);
        Assert.Equal(s_open.Rules.Length, _table.Count);
    }

    [Fact]
    public void Says_so_when_a_stuck_drop_cannot_be_neutralised()
    {
        OffloadPlan pairs = OffloadPlanner.Plan(
            Gens.SnapshotOf(
                Gens.Endpoint("a", PolicySet.Closed, PolicySet.Closed, "10.0.0.5"),
                Gens.Endpoint("b", PolicySet.Open, PolicySet.Open, "10.0.0.6")),
            NicProfiles.Load("i40e"),
            PlanOptions.Default);
        Apply(pairs);
        _table.Fault = (call, _) => call == "destroy" ? RejectReason.Busy : null;

        Assert.All(_reconciler.Prepare(PlanUpdate.Of(OffloadPlan.Empty)).Stuck, stuck => Assert.False(stuck.Neutralised));
    }

    [Fact]
    public void Stops_placing_when_the_table_is_full()
    {
        FakeFlowTable small = new(3);
        FlowReconciler reconciler = new(small);
        reconciler.Prepare(PlanUpdate.Of(s_isolated));
        ApplyReport report = reconciler.Complete();

        Assert.True(report.TableFull);
        Assert.Contains(report.ToPunts(), punt => punt.Reason == PuntReason.TableFull);
        Assert.Equal(small.Count, report.Installed);
    }

    [Fact]
    public void Programs_everything_again_when_the_port_has_lost_its_rules()
    {
        Apply(s_isolated);
        _table.Lose();
        _reconciler.ForgetInstalled();
        Assert.Empty(_reconciler.Realized);

        Assert.True(Apply(s_isolated).IsComplete);
        Assert.Equal(s_isolated.Rules.Length, _table.Count);
    }

    [Fact]
    public void Clears_drops_before_their_covers()
    {
        Apply(s_isolated);
        _table.Changed = () => Assert.True(
            _table.Rules.All(rule => !rule.Actions.Any(a => a is DropAction)) ||
            s_isolated.Rules.Where(rule => rule.Verdict == RuleVerdict.Punt)
                .All(punt => _table.Rules.Any(rule => RuleKey.Of(rule) == punt.Key)));
        _reconciler.Clear();

        Assert.Equal(0, _table.Count);
    }

    [Fact]
    public void Reads_the_counters_of_what_is_installed()
    {
        Apply(s_isolated);

        Assert.All(_reconciler.ReadCounters(), counters => Assert.Equal(7ul, counters.Counters!.Value.Hits));
        Assert.Equal(s_isolated.Rules.Length, _reconciler.ReadCounters().Length);
    }

    private ApplyReport Apply(OffloadPlan plan)
    {
        _reconciler.Prepare(PlanUpdate.Of(plan));
        return _reconciler.Complete();
    }

    private static OffloadPlan PlanOf(string profile, PolicySet ingress) => OffloadPlanner.Plan(
        Gens.SnapshotOf(
            Gens.Endpoint("a", ingress, PolicySet.Open, "10.0.0.5"),
            Gens.Endpoint("b", PolicySet.Open, PolicySet.Open, "10.0.0.6")),
        Flat.Load(profile),
        PlanOptions.Default);
}
