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

    private static readonly Gen<(PolicySnapshot[], NicCapabilities, PacketHeaders[])> s_updates =
        Gen.Select(Gens.SmallSnapshot.Array[2, 4], NicGens.Shipped, Gens.Packet.Array[12]);

    [Fact]
    public void Is_sound_after_each_call_when_policies_follow_each_other() =>
        s_updates.Sample((policies, nic, packets) => Run(policies, nic, packets, new FakeFlowTable()), iter: 60);

    [Fact]
    public void Is_sound_and_full_when_the_table_is_smaller_than_the_plan() =>
        Gen.Select(s_updates, Gen.Int[0, 40]).Sample(
            (updates, size) => Run(updates.Item1, updates.Item2, updates.Item3, new FakeFlowTable(size)), iter: 60);

    [Fact]
    public void Is_sound_and_converges_when_calls_fail_at_random() =>
        Gen.Select(s_updates, Gen.Int, Gen.Int[2, 12]).Sample(
            (updates, seed, rarity) =>
            {
                Random random = new(seed);
                FakeFlowTable table = new();
                table.Fault = (_, _) => random.Next(rarity) == 0 ? s_faults[random.Next(s_faults.Length)] : null;
                Run(updates.Item1, updates.Item2, updates.Item3, table);
            },
            iter: 100);

    [Fact]
    public void Is_sound_and_converges_when_any_one_call_fails() =>
        Gen.Select(Gens.SmallSnapshot, Gens.SmallSnapshot, Gens.Packet.Array[12], Gen.Int[0, 4]).Sample(
            (old, next, packets, fault) =>
            {
                NicCapabilities nic = NicProfiles.Load("mlx5");
                FakeFlowTable dry = new();
                Run([old, next], nic, [], dry);
                for (int n = 1; n <= dry.Calls; n++)
                {
                    FakeFlowTable table = new();
                    table.Fault = (_, _) => table.Calls == n ? s_faults[fault] : null;
                    Run([old, next], nic, packets, table);
                }
            },
            iter: 10);

    private static void Run(
        PolicySnapshot[] policies, NicCapabilities nic, PacketHeaders[] packets, FakeFlowTable table)
    {
        FlowReconciler reconciler = new(table);
        PolicySnapshot inForce = policies[0];
        bool claims = true;
        table.Changed = () =>
        {
            string? wrong = claims
                ? TableCheck.FirstWrong(table.Rules, nic, inForce, keepEstablished: false, packets)
                : null;
            Assert.True(wrong is null, $"{TableCheck.Show(inForce)}\n{wrong}");
        };
        OffloadPlan plan = OffloadPlan.Empty;
        foreach (PolicySnapshot policy in policies)
        {
            plan = OffloadPlanner.Plan(policy, nic, PlanOptions.Default);
            ApplyReport prepared = reconciler.Prepare(plan);
            Agree(table, reconciler, prepared);

            // A drop that neither goes away nor can be neutralised is reported: nothing is claimed until it is gone.
            claims = prepared.Stuck.All(rule => rule.Neutralised);
            inForce = policy;
            ApplyReport completed = reconciler.Complete();
            Agree(table, reconciler, completed);
            claims = completed.Stuck.All(rule => rule.Neutralised);
            table.Changed();
        }

        table.Fault = (_, _) => null;
        ApplyReport retried = reconciler.Retry();
        Agree(table, reconciler, retried);
        claims = true;
        table.Changed();
        Assert.Empty(retried.Stuck);
        if (!retried.TableFull)
        {
            Assert.True(retried.IsComplete);
            Assert.Equal(
                plan.Rules.Select(rule => rule.Key).Order(), reconciler.Realized.Select(rule => rule.Key).Order());
        }

        ApplyReport cleared = reconciler.Clear();
        Assert.Equal(0, cleared.Installed);
        Assert.Equal(0, table.Count);
    }

    private static void Agree(FakeFlowTable table, FlowReconciler reconciler, ApplyReport report)
    {
        Assert.Equal(table.Count, report.Installed);
        Assert.Equal(table.Rules.Select(RuleKey.Of), reconciler.Realized.Select(rule => rule.Key));
    }
}
