using System.Collections.Immutable;
using CsCheck;
using Dpdk.Flow;
using NetPolNic.Offload.Apply;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Interpreter;
using NetPolNic.Offload.Planning;
using NetPolNic.Offload.Tests.Support;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Tests.Planning;

/// <summary>Policies that fill groups of peers, split by port and changed in place.</summary>
public sealed class GroupPropertyTests(ITestOutputHelper output)
{
    private static readonly NicCapabilities s_mlx5 = NicProfiles.Load("mlx5");
    private static readonly NicCapabilities s_flat = NicProfiles.Load("enic") with
    {
        TableSize = new CapabilityFact<int>(100_000, "all fit"),
    };

    /// <summary>
    /// Sound, and of whole TCP and UDP packets everything is dropped that one pod's policy denies whatever connections there are.
    /// Between two local pods each plan speaks for its own.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Drops_exactly_what_is_denied_in_any_state(bool groups)
    {
        NicCapabilities nic = groups ? s_mlx5 : s_flat;
        PCG random = new(stream: 1, seed: 71);
        Gen<(PolicySnapshot[], PacketHeaders[])> cases = Gen.Select(GroupGens.Sequence(1, 1), GroupGens.Packet.Array[200]);
        long droppable = 0, dropped = 0, splits = 0, exceptions = 0;
        for (int i = 0; i < 60; i++)
        {
            (PolicySnapshot[] snapshots, PacketHeaders[] packets) = cases.Generate(random, null, out _);
            OffloadPlan plan = OffloadPlanner.Plan(snapshots[^1], nic, PlanOptions.Default);
            FlowSpec[] rules = [.. plan.Rules.Select(rule => rule.Spec)];
            string? wrong = TableCheck.FirstWrong(rules, nic, snapshots[^1], false, packets);
            Assert.True(wrong is null, $"case {i}\n{TableCheck.Show(snapshots[^1])}\n{wrong}");
            FlowTableInterpreter table = new(rules, nic);
            Soundness truth = new(snapshots[^1], keepEstablished: false);
            splits += plan.Rules.Count(rule => rule.Spec.Actions.OfType<JumpAction>().Any() && rule.Pattern.Contains("is 443"));
            exceptions += plan.Rules.Count(IsException);
            foreach (PacketHeaders packet in packets.Where(p => IsWhole(p) && (!IsPod(p.Src) || !IsPod(p.Dst))))
            {
                bool denied = truth.IsDeniedInAnyState(packet);
                droppable += denied ? 1 : 0;
                dropped += denied && table.Decide(packet).Verdict == RuleVerdict.Drop ? 1 : 0;
            }
        }

        output.WriteLine($"dropped {dropped} of {droppable}, {splits} ways by port, {exceptions} exceptions");
        Assert.True(
            droppable > 1000 && ((splits > 10 && exceptions > 10) || !groups), $"{droppable} {splits} {exceptions}");

        // Flat, policies of that many peers would take twice the rules that a plain list of them takes: replies are covered by blocks
        // around their peers, and most of the packets are between those.
        Assert.InRange(dropped, groups ? droppable : droppable * 3 / 4, droppable);
    }

    // A block by itself that leads past the block that it is in.
    private static bool IsException(PlannedRule rule) =>
        rule is { Verdict: RuleVerdict.Drop, Spec.Attr.Group: > 2, Spec.Pattern.Length: 2, Pattern: var pattern } &&
        pattern.Contains("mask") && rule.Spec.Actions.OfType<JumpAction>().Any();

    private static bool IsWhole(PacketHeaders packet) => !packet.MoreFragments && packet.FragmentOffset == 0;

    private static bool IsPod(IpAddr addr) => IpPrefix.Parse("10.0.0.0/29").Contains(addr);

    [Fact]
    public void Says_what_a_full_plan_says_when_snapshots_follow_each_other() =>
        GroupGens.Sequence(2, 8).Sample(
            snapshots =>
            {
                IncrementalPlanner planner = new(s_mlx5, PlanOptions.Default);
                foreach (PolicySnapshot snapshot in snapshots)
                {
                    PlanUpdate update = planner.Update(snapshot);
                    OffloadPlan plan = OffloadPlanner.Plan(snapshot, s_mlx5, PlanOptions.Default);
                    Assert.Equal(Texts(plan.Rules), Texts(update.Plan.Rules));
                    Assert.Equal(PlanText.PuntsOf(plan), PlanText.PuntsOf(update.Plan));
                }
            },
            iter: 200);

    [Fact]
    public void Is_sound_after_each_call_when_policies_follow_each_other() =>
        Gen.Select(GroupGens.Sequence(1, 4), GroupGens.Packet.Array[40], Gen.Int, Pick.Of(0, 0, 6, 30)).Sample(
            (snapshots, packets, seed, rarity) => Follow(snapshots, packets, seed, rarity), iter: 60);

    private static void Follow(PolicySnapshot[] snapshots, PacketHeaders[] packets, int seed, int rarity)
    {
        Random random = new(seed);
        FakeFlowTable table = new();
        FlowReconciler reconciler = new(table);
        IncrementalPlanner planner = new(s_mlx5, PlanOptions.Default);
        PolicySnapshot inForce = snapshots[0];
        bool claims = true;
        table.Fault = (_, _) => rarity > 0 && random.Next(rarity) == 0 ? RejectReason.Busy : null;
        table.Changed = () =>
        {
            string? wrong = claims ? TableCheck.FirstWrong(table.Rules, s_mlx5, inForce, false, packets) : null;
            Assert.True(wrong is null, $"{TableCheck.Show(inForce)}\n{wrong}");
        };
        foreach (PolicySnapshot snapshot in snapshots)
        {
            claims = reconciler.Prepare(planner.Update(snapshot)).Stuck.All(rule => rule.Neutralised);
            inForce = snapshot;
            claims = reconciler.Complete().Stuck.All(rule => rule.Neutralised);
            table.Changed();
        }

        table.Fault = (_, _) => null;
        Assert.True(reconciler.Retry().IsComplete);
        claims = true;
        table.Changed();
        Assert.Equal(planner.Update(snapshots[^1]).RuleCount, table.Count);
    }

    private static IEnumerable<string> Texts(ImmutableArray<PlannedRule> rules) =>
        CanonicalGroups.Of(rules).Select(PlanText.Of).Order(StringComparer.Ordinal);
}
