using CsCheck;
using Dpdk.Flow;
using NetPolNic.Offload.Apply;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Interpreter;
using NetPolNic.Offload.Planning;
using NetPolNic.Offload.Tests.Support;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Tests.Apply;

/// <summary>I4: at every moment of an update the table is sound for the policy that the fallback enforces.</summary>
public sealed class FlowReconcilerPropertyTests
{
    private static readonly RejectReason[] s_faults =
        [RejectReason.Busy, RejectReason.TableFull, RejectReason.Unsupported, RejectReason.Invalid, RejectReason.Other];

    /// <summary>Which kind of NIC: rules one by one, or by templates and a queue.</summary>
    public static TheoryData<bool> Kinds => [false, true];

    private static readonly Gen<(PolicySnapshot[], NicCapabilities, PacketHeaders[])> s_updates =
        Gen.Select(Gens.SmallSnapshot.Array[2, 4], NicGens.Shipped, Gens.Packet.Array[12]);

    private static readonly Gen<(PolicySnapshot[], NicCapabilities, PacketHeaders[])> s_sequences =
        Gen.Select(UpdateGens.SmallSequence, NicGens.Shipped, Gens.Packet.Array[8]);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Is_sound_after_each_call_when_policies_follow_each_other(bool queued) =>
        s_updates.Sample((policies, nic, packets) => Run(policies, nic, packets, Nic(queued)), iter: 60);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Is_sound_after_each_call_when_only_some_pods_change(bool queued) =>
        s_sequences.Sample((policies, nic, packets) => Run(policies, nic, packets, Nic(queued)), iter: 60);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Is_sound_and_full_when_the_table_is_smaller_than_the_plan(bool queued) =>
        Gen.Select(Gen.OneOf(s_updates, s_sequences), Gen.Int[0, 40]).Sample(
            (updates, size) => Run(updates.Item1, updates.Item2, updates.Item3, Nic(queued, size)), iter: 60);

    /// <summary>That the table is full shows only by what fits in the place of something and what does not.</summary>
    [Fact]
    public void Is_sound_and_full_when_results_do_not_say_that_the_table_is_smaller() =>
        Gen.Select(Gen.OneOf(s_updates, s_sequences), Gen.Int[1, 40]).Sample(
            (updates, size) => Run(
                updates.Item1, updates.Item2, updates.Item3, new FakeFlowOperations(size, saysFull: false)),
            iter: 60);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Is_sound_and_converges_when_calls_fail_at_random(bool queued) =>
        Gen.Select(Gen.OneOf(s_updates, s_sequences), Gen.Int, Gen.Int[2, 12]).Sample(
            (updates, seed, rarity) =>
            {
                Random random = new(seed);
                IFakeNic table = Nic(queued);
                table.Fault = (_, _) => random.Next(rarity) == 0 ? s_faults[random.Next(s_faults.Length)] : null;
                Run(updates.Item1, updates.Item2, updates.Item3, table);
            },
            iter: 150);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Is_sound_and_converges_when_any_one_call_fails(bool queued) =>
        Gen.Select(Gens.SmallSnapshot, Gens.SmallSnapshot, Gens.Packet.Array[12], Gen.Int[0, 4]).Sample(
            (old, next, packets, fault) =>
            {
                NicCapabilities nic = NicProfiles.Load("mlx5");
                IFakeNic dry = Nic(queued);
                Run([old, next], nic, [], dry);
                for (int n = 1; n <= dry.Calls; n++)
                {
                    IFakeNic table = Nic(queued);
                    table.Fault = (_, _) => table.Calls == n ? s_faults[fault] : null;
                    Run([old, next], nic, packets, table);
                }
            },
            iter: 10);

    /// <summary>Calls that find out whether there is room are calls like others.</summary>
    [Fact]
    public void Is_sound_when_any_one_call_fails_and_the_table_is_smaller_than_the_plan() =>
        Gen.Select(Gens.SmallSnapshot, Gens.SmallSnapshot, Gens.Packet.Array[12], Gen.Int[0, 4], Gen.Int[1, 20]).Sample(
            (old, next, packets, fault, size) =>
            {
                NicCapabilities nic = NicProfiles.Load("mlx5");
                FakeFlowOperations dry = new(size, saysFull: false);
                Run([old, next], nic, [], dry);
                for (int n = 1; n <= dry.Calls; n++)
                {
                    FakeFlowOperations table = new(size, saysFull: false);
                    table.Fault = (_, _) => table.Calls == n ? s_faults[fault] : null;
                    Run([old, next], nic, packets, table);
                }
            },
            iter: 10);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Realizes_by_differences_what_a_new_reconciler_realizes_at_once(bool queued) =>
        Gen.Select(UpdateGens.Sequence, NicGens.Shipped).Sample(
            (policies, nic) =>
            {
                IncrementalPlanner planner = new(nic, PlanOptions.Default);
                FlowReconciler follower = new(Nic(queued).Table);
                foreach (PolicySnapshot policy in policies)
                {
                    PlanUpdate update = planner.Update(policy);
                    follower.Prepare(update);
                    Assert.True(follower.Complete().IsComplete);
                    FlowReconciler fresh = new(Nic(queued).Table);
                    fresh.Prepare(update);
                    fresh.Complete();
                    Assert.Equal(Texts(fresh), Texts(follower));
                }
            },
            iter: 100);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Finds_its_way_when_updates_were_missed(bool queued) =>
        Gen.Select(UpdateGens.Sequence, NicGens.Shipped, Gen.Int).Sample(
            (policies, nic, seed) =>
            {
                Random random = new(seed);
                IncrementalPlanner planner = new(nic, PlanOptions.Default);
                FlowReconciler reconciler = new(Nic(queued).Table);
                foreach (PolicySnapshot policy in policies)
                {
                    PlanUpdate update = planner.Update(policy);
                    if (random.Next(2) == 0)
                    {
                        reconciler.Prepare(update);
                        Assert.True(reconciler.Complete().IsComplete);
                        Assert.Equal(
                            PlanText.RulesOf(update.Plan),
                            reconciler.Realized.Select(PlanText.Of).Order(StringComparer.Ordinal));
                    }
                }
            },
            iter: 60);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Programs_everything_again_when_a_port_loses_its_rules_between_updates(bool queued) =>
        Gen.Select(UpdateGens.Sequence, NicGens.Shipped).Sample(
            (policies, nic) =>
            {
                IncrementalPlanner planner = new(nic, PlanOptions.Default);
                IFakeNic table = Nic(queued);
                FlowReconciler reconciler = new(table.Table);
                foreach (PolicySnapshot policy in policies)
                {
                    PlanUpdate update = planner.Update(policy);
                    reconciler.Prepare(update);
                    Assert.True(reconciler.Complete().IsComplete);
                    Assert.Equal(update.RuleCount, table.Count);
                    table.Lose();
                    reconciler.ForgetInstalled();
                }
            },
            iter: 40);

    private static IFakeNic Nic(bool queued, int size = int.MaxValue) =>
        queued ? new FakeFlowOperations(size) : new FakeFlowTable(size);

    private static IEnumerable<RuleKey> InOrder(IFakeNic nic, IEnumerable<RuleKey> keys) =>
        nic.IsInOrder ? keys : keys.Order();

    private static IEnumerable<string> Texts(FlowReconciler reconciler) =>
        reconciler.Realized.Select(PlanText.Of).Order(StringComparer.Ordinal);

    private static void Run(
        PolicySnapshot[] policies, NicCapabilities nic, PacketHeaders[] packets, IFakeNic table)
    {
        FlowReconciler reconciler = new(table.Table);
        IncrementalPlanner planner = new(nic, PlanOptions.Default);
        PolicySnapshot inForce = policies[0];
        bool claims = true;
        table.Changed = () =>
        {
            string? wrong = claims
                ? TableCheck.FirstWrong(table.Rules, nic, inForce, keepEstablished: false, packets)
                : null;
            Assert.True(wrong is null, $"{TableCheck.Show(inForce)}\n{wrong}");
        };
        PlanUpdate update = PlanUpdate.Of(OffloadPlan.Empty);
        foreach (PolicySnapshot policy in policies)
        {
            update = planner.Update(policy);
            ApplyReport prepared = reconciler.Prepare(update);
            Agree(table, reconciler, prepared, update.Plan);

            // A drop that neither goes away nor can be neutralised is reported: nothing is claimed until it is gone.
            claims = prepared.Stuck.All(rule => rule.Neutralised) && !table.Table.NeedsFlush;
            inForce = policy;
            ApplyReport completed = reconciler.Complete();
            Agree(table, reconciler, completed, update.Plan);
            claims = completed.Stuck.All(rule => rule.Neutralised) && !table.Table.NeedsFlush;
            table.Changed();
        }

        table.Fault = (_, _) => null;
        ApplyReport retried = reconciler.Retry();
        Agree(table, reconciler, retried, update.Plan);
        claims = true;
        table.Changed();
        Assert.Empty(retried.Stuck);
        if (!retried.TableFull)
        {
            Assert.True(
                retried.IsComplete,
                $"refused {string.Join(" / ", retried.Refused.Select(refused => $"{refused.Rejection} {PlanText.Of(refused.Rule)}"))}\n" +
                $"missing {string.Join(" / ", retried.Missing.Select(PlanText.Of))}");
            Assert.Equal(
                update.Plan.Rules.Select(rule => rule.Key).Order(), reconciler.Realized.Select(rule => rule.Key).Order());
        }

        ApplyReport cleared = reconciler.Clear();
        Assert.Equal(0, cleared.Installed);
        Assert.Equal(0, table.Count);
        Assert.True(table is not FakeFlowOperations { Handles: > 0 } and not FakeFlowOperations { Tables: > 0 });
    }

    private static void Agree(IFakeNic table, FlowReconciler reconciler, ApplyReport report, OffloadPlan plan)
    {
        if (table.Table.NeedsFlush)
        {
            return;
        }

        Assert.Equal(table.Count, report.Installed);
        Assert.Equal(InOrder(table, table.Rules.Select(RuleKey.Of)), InOrder(table, reconciler.Realized.Select(rule => rule.Key)));
        HashSet<RuleKey> realized = [.. reconciler.Realized.Select(rule => rule.Key)];
        Assert.Equal(
            plan.Rules.Where(rule => rule.Verdict != RuleVerdict.Punt && !realized.Contains(rule.Key))
                .Select(PlanText.Of).Order(StringComparer.Ordinal),
            report.Missing.Select(PlanText.Of).Order(StringComparer.Ordinal));
        Assert.Subset(
            plan.Rules.Select(rule => rule.Key).ToHashSet(), report.Refused.Select(refused => refused.Rule.Key).ToHashSet());
        Assert.DoesNotContain(report.Refused, refused => realized.Contains(refused.Rule.Key));
        HashSet<RuleKey> stuck = [.. report.Stuck.Select(rule => rule.Rule.Key)];
        Assert.All(
            reconciler.Realized.Where(rule => !stuck.Contains(rule.Key)),
            rule => Assert.True(realized.IsSupersetOf(rule.DependsOn), "a drop or pass without its punts"));
    }
}
