using System.Collections.Immutable;
using CsCheck;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Interpreter;
using NetPolNic.Offload.Planning;
using NetPolNic.Offload.Planning.Budget;
using NetPolNic.Offload.Tests.Support;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Tests.Planning.Budget;

/// <summary>
/// I1 and I2 of tables that traffic has filled: whatever was measured, before and after policy changes, nothing is dropped
/// that is not denied in every state, and no set is in the table in part.
/// </summary>
public sealed class BudgetSoundnessTests
{
    private static readonly Gen<DeniedPair> s_denied = Gen.Select(
        Gens.Packet,
        Gen.Enum<DeniedKind>(),
        Gen.Int[1, 1000],
        (packet, kind, count) => new DeniedPair(packet.Src, packet.Dst, packet.Proto, kind, count));

    private static readonly Gen<(DeniedPair[] Pairs, int Seed)> s_traffic = Gen.Select(s_denied.Array[0, 30], Gen.Int);

    [Fact]
    public void Holds_for_every_packet_when_the_profile_is_a_shipped_one() =>
        Gen.Select(UpdateGens.Sequence, NicGens.Shipped, Gen.Int[1, 40], Gens.Options, s_traffic.Array[8], Gens.Packet.Array[60])
            .Sample(Check, iter: 300);

    [Fact]
    public void Holds_for_every_packet_when_pods_share_rules() =>
        Gen.Select(UpdateGens.Sequence, NicGens.Grouped, Gen.Int[1, 60], Gens.Options, s_traffic.Array[8], Gens.Packet.Array[60])
            .Sample(Check, iter: 120);

    [Fact]
    public void Holds_for_every_packet_when_the_profile_is_any() =>
        Gen.Select(UpdateGens.Sequence, NicGens.Arbitrary, Gen.Int[1, 40], Gens.Options, s_traffic.Array[8], Gens.Packet.Array[60])
            .Sample(Check, iter: 300);

    /// <summary>Each pair of the universe by itself, so that the properties above are not true for want of pairs.</summary>
    [Theory]
    [InlineData("mlx5", "whole", 4)]
    [InlineData("mlx5", "syn", 4)]
    [InlineData("mlx5-flat", "whole", 1)]
    [InlineData("mlx5-flat", "syn", 1)]
    [InlineData("i40e", "whole", 1)]
    public void Drops_a_pair_without_covers_only_where_every_state_is_denied(string profile, string what, int size)
    {
        PolicySet some = PolicySet.Of(
            [new AllowRule(PeerSet.Of([IpPrefix.Parse("10.0.0.2/32")]), PortSet.Of([new L4PortRange(L4Proto.Tcp, 80, 80)]))]);
        PolicySnapshot snapshot = Gens.SnapshotOf(
            Gens.Endpoint("a", some, what == "whole" ? some : PolicySet.Open, "10.0.0.1"));
        NicCapabilities nic = SkewedTrafficTests.Nic(profile) with { TableSize = new CapabilityFact<int>(size, "test") };
        IncrementalPlanner planner = new(nic, PlanOptions.Default, new BudgetOptions { MinimumStay = TimeSpan.Zero });
        planner.Update(snapshot);
        DeniedPair flood = new(
            IpAddr.Parse("10.0.0.9"), IpAddr.Parse("10.0.0.1"), 6, what == "syn" ? DeniedKind.BareSyn : DeniedKind.Other, 1000);
        DeniedPair allowed = flood with { Src = IpAddr.Parse("10.0.0.2"), Packets = 5000 };
        Assert.Equal(profile != "i40e", planner.IsLimited);
        Assert.True(planner.WantsTraffic);

        PlanUpdate update = planner.Rechoose(Sample([allowed, flood], []));

        PlannedRule rule = Assert.Single(update.Plan.Rules, rule => rule.IsHotPair);
        Assert.All(update.Plan.Rules, other => Assert.True(other == rule || other.Verdict == RuleVerdict.Punt));
        // As many of its neighbours as have no part in what is allowed, where prefixes can be matched.
        Assert.Contains(profile == "i40e" ? "src is 10.0.0.9" : "src spec 10.0.0.8", rule.Pattern, StringComparison.Ordinal);
        Assert.Equal(what == "syn", rule.Pattern.Contains("flags", StringComparison.Ordinal));
        PacketHeaders[] packets =
        [
            .. from src in (string[])["10.0.0.9", "10.0.0.2"]
               from flags in (byte[])[0x02, 0x10]
               from fragment in (bool[])[false, true]
               select new PacketHeaders(IpAddr.Parse(src), IpAddr.Parse("10.0.0.1"), 6)
               {
                   DstL4Port = 80,
                   TcpFlags = flags,
                   MoreFragments = fragment,
               },
        ];
        Assert.Null(TableCheck.FirstWrong(update.Plan.Rules.Select(some => some.Spec), nic, snapshot, false, packets));
    }

    private static void Check(
        PolicySnapshot[] snapshots,
        NicCapabilities nic,
        int size,
        PlanOptions options,
        (DeniedPair[] Pairs, int Seed)[] traffic,
        PacketHeaders[] packets)
    {
        nic = nic with { TableSize = new CapabilityFact<int>(size, "test") };
        IncrementalPlanner planner = new(
            nic, options, new BudgetOptions { MinimumStay = TimeSpan.FromSeconds(traffic[0].Seed & 1), OperationsPerSecond = 50 });
        for (int i = 0; i < snapshots.Length; i++)
        {
            Check(planner, planner.Update(snapshots[i]), snapshots[i], nic, options, packets);
            Random random = new(traffic[i % traffic.Length].Seed);
            for (int tick = 0; tick < 2; tick++)
            {
                TrafficSample sample = Sample(
                    traffic[i % traffic.Length].Pairs,
                    [
                        .. snapshots[i].Endpoints.SelectMany(pod => pod.Addresses).Select(own => new DeniedTotal(
                            own, random.Next(2) == 0 ? Direction.Ingress : Direction.Egress, random.Next(1000))),
                    ]) with
                {
                    Hits = planner.Update(snapshots[i]).Plan.Rules.Where(rule => rule.Verdict == RuleVerdict.Drop)
                        .ToDictionary(rule => rule.Key, _ => new RuleHit(random.Next(4) == 0 ? null : random.Next(1000))),
                };
                Check(planner, planner.Rechoose(sample), snapshots[i], nic, options, packets);
            }
        }
    }

    private static void Check(
        IncrementalPlanner planner,
        PlanUpdate update,
        PolicySnapshot snapshot,
        NicCapabilities nic,
        PlanOptions options,
        PacketHeaders[] packets)
    {
        OffloadPlan plan = update.Plan;
        string? wrong = TableCheck.FirstWrong(
            plan.Rules.Select(rule => rule.Spec), nic, snapshot, options.KeepEstablished, packets);
        Assert.True(wrong is null, $"{nic.Name} {nic.ToEmunicArgs()} {options}\n{TableCheck.Show(snapshot)}\n{wrong}");
        HashSet<RuleKey> keys = [.. plan.Rules.Select(rule => rule.Key)];
        Assert.InRange(keys.Count, 0, nic.TableSize.Value);
        Assert.Equal((keys.Count, plan.Punts.Length), (update.RuleCount, update.PuntCount));
        Assert.All(plan.Rules, rule => Assert.True(keys.IsSupersetOf(rule.DependsOn)));
        Assert.All(plan.Rules, rule => Assert.Null(CapabilityChecker.FirstViolation(rule.Spec, nic)));
        Assert.Equal(
            Canonical(OffloadPlanner.PlanWith(snapshot, nic, options, planner.Choice)), Canonical(plan));
    }

    // What numbers groups have depends on the updates before.
    private static IEnumerable<string> Canonical(OffloadPlan plan) =>
        CanonicalGroups.Of(plan.Rules).Select(PlanText.Of).Order(StringComparer.Ordinal);

    private static TrafficSample Sample(DeniedPair[] pairs, ImmutableArray<DeniedTotal> totals) =>
        TrafficSample.None(TimeSpan.FromSeconds(1)) with { Pairs = [.. pairs], Totals = totals };
}
