using CsCheck;
using Dpdk.Flow;
using NetPolNic.Offload.Apply;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Interpreter;
using NetPolNic.Offload.Planning;
using NetPolNic.Offload.Planning.Budget;
using NetPolNic.Offload.Tests.Support;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Tests.Planning.Budget;

/// <summary>
/// I4 of tables that traffic fills: at every moment of an exchange of rules, which policy changes may come in between, the table
/// is sound for the policy that the fallback enforces; and a table that just holds the plan comes to hold it.
/// </summary>
public sealed class RechoiceUpdateTests
{
    private static readonly RejectReason[] s_faults =
        [RejectReason.Busy, RejectReason.TableFull, RejectReason.Unsupported, RejectReason.Invalid, RejectReason.Other];

    private static readonly Gen<NicCapabilities> s_nics = Gen.OneOf(NicGens.Shipped, NicGens.Grouped, NicGens.Grouped);

    private static readonly Gen<(PolicySnapshot[] Policies, NicCapabilities Nic, PacketHeaders[] Packets, int Seed)> s_runs =
        Gen.Select(UpdateGens.SmallSequence, s_nics, Gens.Packet.Array[10], Gen.Int);

    [Fact]
    public void Is_sound_after_each_call_and_holds_the_plan() =>
        Gen.Select(s_runs, Gen.Int[3, 40]).Sample(
            (run, size) => Run(run, size, new FakeFlowTable(size), mayFail: false), iter: 120);

    [Fact]
    public void Is_sound_and_converges_when_calls_fail_at_random() =>
        Gen.Select(s_runs, Gen.Int[3, 40], Gen.Int[2, 12]).Sample(
            (run, size, rarity) =>
            {
                Random random = new(run.Seed);
                FakeFlowTable table = new(size);
                table.Fault = (_, _) => random.Next(rarity) == 0 ? s_faults[random.Next(s_faults.Length)] : null;
                Run(run, size, table, mayFail: true);
            },
            iter: 120);

    [Fact]
    public void Keeps_to_the_room_that_a_refusal_has_shown() =>
        Gen.Select(s_runs, Gen.Int[3, 40]).Sample(
            (run, room) =>
            {
                IncrementalPlanner planner = new(run.Nic, PlanOptions.Default);
                FakeFlowTable table = new(room);
                FlowReconciler reconciler = new(table);
                Random random = new(run.Seed);
                void Follow(PlanUpdate update)
                {
                    ApplyReport report = Apply(reconciler, update);
                    if (report.FullAt is { } rules)
                    {
                        Assert.True(room < update.RuleCount, $"{run.Nic.Name}: full at {rules} of {room}");
                        planner.LearnTableSize(rules);
                        update = planner.Rechoose(TrafficSample.None(TimeSpan.Zero), mayMove: false);
                        report = Apply(reconciler, update);
                    }

                    Assert.True(report.IsComplete);
                    Assert.InRange(update.RuleCount, 0, room);
                }

                foreach (PolicySnapshot policy in run.Policies)
                {
                    Follow(planner.Update(policy));
                    for (int tick = 0; tick < 3; tick++)
                    {
                        Follow(planner.Rechoose(Traffic(policy, run.Packets, planner, random)));
                    }
                }
            },
            iter: 80);

    private static void Run(
        (PolicySnapshot[] Policies, NicCapabilities Nic, PacketHeaders[] Packets, int Seed) run,
        int size,
        FakeFlowTable table,
        bool mayFail)
    {
        NicCapabilities nic = run.Nic with { TableSize = new CapabilityFact<int>(size, "test") };
        IncrementalPlanner planner = new(nic, PlanOptions.Default, new BudgetOptions { MinimumStay = TimeSpan.Zero });
        FlowReconciler reconciler = new(table);
        PolicySnapshot inForce = run.Policies[0];
        bool claims = true;
        table.Changed = () =>
        {
            string? wrong = claims
                ? TableCheck.FirstWrong(table.Rules, nic, inForce, keepEstablished: false, run.Packets)
                : null;
            Assert.True(wrong is null, $"{nic.Name}\n{TableCheck.Show(inForce)}\n{wrong}");
        };
        Random random = new(run.Seed);
        PlanUpdate last = PlanUpdate.Of(OffloadPlan.Empty);
        void Follow(PlanUpdate update, PolicySnapshot policy)
        {
            claims = reconciler.Prepare(update).Stuck.All(rule => rule.Neutralised);
            inForce = policy;
            ApplyReport done = reconciler.Complete();
            claims = done.Stuck.All(rule => rule.Neutralised);
            table.Changed();
            Assert.True(mayFail || (done.IsComplete ? done : reconciler.Retry()).IsComplete, "not whole");
            last = update;
        }

        foreach (PolicySnapshot policy in run.Policies)
        {
            Follow(planner.Update(policy), policy);
            for (int tick = 0; tick < 3; tick++)
            {
                Follow(planner.Rechoose(Traffic(policy, run.Packets, planner, random)), policy);
            }
        }

        table.Fault = (_, _) => null;
        ApplyReport retried = reconciler.Retry();
        retried = retried.IsComplete ? retried : reconciler.Retry();
        claims = true;
        table.Changed();
        Assert.True(retried.IsComplete);
        Assert.Equal(last.Plan.Rules.Select(rule => rule.Key).Order(), reconciler.Realized.Select(rule => rule.Key).Order());
    }

    private static ApplyReport Apply(FlowReconciler reconciler, PlanUpdate update)
    {
        reconciler.Prepare(update);
        ApplyReport report = reconciler.Complete();

        // For a moment an update may need more than the plan: only a refusal that is repeated tells.
        return report is { IsComplete: true, FullAt: null } ? report : reconciler.Retry();
    }

    // Whatever was measured, and of whatever: it decides what is in the table only.
    private static TrafficSample Traffic(
        PolicySnapshot policy, PacketHeaders[] packets, IncrementalPlanner planner, Random random) =>
        TrafficSample.None(TimeSpan.FromSeconds(4)) with
        {
            Pairs =
            [
                .. packets.Where(_ => random.Next(2) == 0).Select(packet => new DeniedPair(
                    packet.Src, packet.Dst, packet.Proto, (DeniedKind)random.Next(3), random.Next(1, 10_000))),
            ],
            Totals =
            [
                .. policy.Endpoints.SelectMany(pod => pod.Addresses).Select(own => new DeniedTotal(
                    own, random.Next(2) == 0 ? Policy.Model.Direction.Ingress : Policy.Model.Direction.Egress, random.Next(10_000))),
            ],
            Hits = planner.Rechoose(TrafficSample.None(TimeSpan.Zero), mayMove: false).Plan.Rules
                .Where(rule => rule.Verdict == RuleVerdict.Drop)
                .ToDictionary(rule => rule.Key, _ => new RuleHit(random.Next(4) == 0 ? null : random.Next(1000))),
        };
}
