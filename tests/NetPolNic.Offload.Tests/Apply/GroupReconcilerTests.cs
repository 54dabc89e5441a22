using CsCheck;
using Dpdk.Flow;
using NetPolNic.Offload.Apply;
using NetPolNic.Offload.Planning;
using NetPolNic.Offload.Tests.Support;

namespace NetPolNic.Offload.Tests.Apply;

/// <summary>
/// I4 in groups: at every moment of an update no packet is dropped that the policy in force allows. A packet that no rule of
/// a group above 0 matches is dropped, as mlx5 does it.
/// </summary>
public sealed class GroupReconcilerTests
{
    private static readonly RejectReason[] s_faults =
        [RejectReason.Busy, RejectReason.TableFull, RejectReason.Unsupported, RejectReason.Invalid, RejectReason.DeviceGone];

    /// <summary>Which kind of NIC: rules one by one, or by templates and a queue.</summary>
    public static TheoryData<bool> Kinds => [false, true];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Is_sound_after_each_call_and_holds_the_plan(bool queued) =>
        GroupedPolicy.Sequence.Sample(policies => Run(policies, Nic(queued)), iter: 200);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Is_sound_and_converges_when_any_one_call_fails(bool queued) =>
        Gen.Select(GroupedPolicy.Sequence, Gen.Int[0, 4]).Sample(
            (policies, fault) =>
            {
                IFakeNic dry = Nic(queued);
                Run(policies, dry);
                for (int n = 1; n <= dry.Calls; n++)
                {
                    IFakeNic table = Nic(queued);
                    table.Fault = (_, _) => table.Calls == n ? s_faults[fault] : null;
                    Run(policies, table);
                }
            },
            iter: 6);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Is_sound_and_converges_when_calls_fail_at_random(bool queued) =>
        Gen.Select(GroupedPolicy.Sequence, Gen.Int, Gen.Int[2, 20]).Sample(
            (policies, seed, rarity) =>
            {
                Random random = new(seed);
                IFakeNic table = Nic(queued);
                table.Fault = (_, _) => random.Next(rarity) == 0 ? s_faults[random.Next(s_faults.Length)] : null;
                Run(policies, table);
            },
            iter: 150);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Is_sound_when_the_table_is_smaller_than_the_plan(bool queued) =>
        Gen.Select(GroupedPolicy.Sequence, Gen.Int[0, 40]).Sample(
            (policies, size) => Run(policies, Nic(queued, size)), iter: 100);

    /// <summary>That the table is full shows only by what fits in the place of something and what does not.</summary>
    [Fact]
    public void Is_sound_when_results_do_not_say_that_the_table_is_smaller() =>
        Gen.Select(GroupedPolicy.Sequence, Gen.Int[1, 40]).Sample(
            (policies, size) => Run(policies, new FakeFlowOperations(size, saysFull: false)), iter: 100);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Is_sound_when_the_driver_destroys_nothing_for_a_while(bool queued) =>
        Gen.Select(GroupedPolicy.Sequence, Gen.Int[0, 60], Gen.Int[1, 60]).Sample(
            (policies, from, length) =>
            {
                IFakeNic table = Nic(queued);
                table.Fault = (call, _) =>
                    call == "destroy" && table.Calls >= from && table.Calls < from + length ? RejectReason.Busy : null;
                Run(policies, table);
            },
            iter: 200);

    /// <summary>A number that is given out again while the driver keeps a jump of its old content, and takes no punt.</summary>
    [Fact]
    public void Refuses_content_for_a_group_that_still_holds_another_plan_s_jump()
    {
        FakeFlowTable table = new();
        FlowReconciler reconciler = new(table);
        RuleTemplate cover = new(new FlowAttr(), [new QueueAction(0)]);
        PlannedRule old = Rule(5, new JumpAction(6), RuleVerdict.Drop, []);
        Apply(old);
        table.Fault = (call, spec) =>
            call == "destroy" || spec.Attr is { Group: > 0, Priority: 0 } ? RejectReason.Busy : null;
        PlannedRule content = Rule(5, new DropAction(), RuleVerdict.Drop, []);
        PlannedRule head = Rule(1, new JumpAction(5), RuleVerdict.Drop, [content.Key]);
        ApplyReport report = Apply(content, head);

        RefusedRule refused = Assert.Single(report.Refused);
        Assert.Equal((content.Key, RejectReason.Busy), (refused.Rule.Key, refused.Rejection.Reason));
        Assert.False(Assert.Single(report.Stuck).Neutralised);
        Assert.Equal([old.Key], reconciler.Realized.Select(rule => rule.Key));

        table.Fault = (_, _) => null;
        Assert.True(reconciler.Retry().IsComplete);
        Assert.Equal([content.Key, head.Key], reconciler.Realized.Select(rule => rule.Key));

        ApplyReport Apply(params PlannedRule[] rules)
        {
            RuleDelta delta = new([.. rules], [], [], cover, null)
            {
                GroupPunts = group => cover with { Attr = new FlowAttr(group) },
            };
            OffloadPlan plan = new([.. rules], [], cover, null);
            reconciler.Prepare(new PlanUpdate(new object(), new object(), delta, rules.Length, 0, () => plan));
            return reconciler.Complete();
        }

        static PlannedRule Rule(uint group, FlowAction action, RuleVerdict verdict, RuleKey[] needs)
        {
            FlowSpec spec = new(new FlowAttr(group, 2), [new EthItem()], [action]);
            return new PlannedRule(RuleKey.Of(spec), spec, verdict, "x/pod", Policy.Model.Direction.Ingress, [], [.. needs]);
        }
    }

    private static void Run(GroupedPolicy[] policies, IFakeNic table)
    {
        FlowReconciler reconciler = new(table.Table);
        GroupedPlanner planner = new();
        GroupedPolicy inForce = policies[0];
        bool claims = true;
        bool faulty = false;
        Func<string, FlowSpec, RejectReason?> fault = table.Fault;
        table.Fault = (call, spec) =>
        {
            RejectReason? reason = fault(call, spec);
            faulty |= reason is not null;
            return reason;
        };
        table.Changed = () =>
        {
            string? wrong = claims ? GroupedTable.FirstWrong(table.Rules, inForce) : null;
            Assert.True(wrong is null, wrong);
        };
        foreach (GroupedPolicy policy in policies)
        {
            PlanUpdate update = planner.Update(policy);
            ApplyReport prepared = reconciler.Prepare(update);
            claims = prepared.Stuck.All(rule => rule.Neutralised) && !table.Table.NeedsFlush;
            inForce = policy;
            table.Changed();
            ApplyReport completed = reconciler.Complete();
            claims = completed.Stuck.All(rule => rule.Neutralised) && !table.Table.NeedsFlush;
            table.Changed();
            if (!table.Table.NeedsFlush)
            {
                Assert.Equal(
                    InOrder(table, table.Rules.Select(RuleKey.Of)), InOrder(table, reconciler.Realized.Select(rule => rule.Key)));
            }

            if (!faulty && !completed.TableFull)
            {
                Assert.True(completed.IsComplete, completed.ToString());
            }
        }

        table.Fault = (_, _) => null;
        ApplyReport last = reconciler.Retry();
        for (int i = 0; i < 3 && !last.IsComplete && !last.TableFull; i++)
        {
            last = reconciler.Retry();
        }

        claims = true;
        table.Changed();
        if (!last.TableFull)
        {
            Assert.True(last.IsComplete, last.ToString());
            Assert.Empty(reconciler.Realized.Where(rule => !planner.Rules.ContainsKey(rule.Key)).Select(rule => rule.ToString()));
        }

        Assert.Equal(0, reconciler.Clear().Installed);
        Assert.Equal(0, table.Count);
        Assert.True(table is not FakeFlowOperations { Handles: > 0 } and not FakeFlowOperations { Tables: > 0 });
    }

    private static IFakeNic Nic(bool queued, int size = int.MaxValue) =>
        queued ? new FakeFlowOperations(size) : new FakeFlowTable(size);

    private static IEnumerable<RuleKey> InOrder(IFakeNic nic, IEnumerable<RuleKey> keys) =>
        nic.IsInOrder ? keys : keys.Order();
}
