using System.Collections.Immutable;
using System.Globalization;
using Dpdk.Flow;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning;
using NetPolNic.Offload.Planning.Budget;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Tests.Planning.Budget;

/// <summary>What pods share is paid once, whatever the number of pods that are worth it together.</summary>
public sealed class SharedContentTests
{
    private const int Pods = 20;
    private const int Peers = 40;

    private static readonly EndpointDirection s_common = DirectionOf("common", 0x0b00_0000u);
    private static readonly EndpointDirection s_lonely = DirectionOf("lonely", 0x0c00_0000u);

    // Both policies take as many rules; one is the policy of twenty pods, the other of one.
    private static readonly PolicySnapshot s_snapshot = new(
        1,
        [
            .. Enumerable.Range(0, Pods).Select(pod => Pod(pod, s_common)),
            Pod(Pods, s_lonely),
        ],
        []);

    [Fact]
    public void Pods_are_chosen_together_that_are_worth_their_policy_only_together()
    {
        IncrementalPlanner planner = Planner(out NicCapabilities nic);
        Assert.True(planner.IsLimited);

        // Peers without number: no pair is worth an entry. The lonely pod denies three times as much as any other.
        for (int i = 0; i < 5; i++)
        {
            planner.Rechoose(Sample(planner, _ => 100, 300));
        }

        UnitKey[] left = [.. planner.Choice.LeftOut.Keys];
        Assert.Equal([Own(Pods)], left.Select(unit => unit.Own));
        OffloadPlan plan = planner.Rechoose(Sample(planner, _ => 100, 300)).Plan;
        Assert.InRange(plan.Rules.Length, Pods + Peers, nic.TableSize.Value);
        Assert.Equal(Pods, plan.Rules.Count(IsWay));
    }

    [Fact]
    public void A_pod_that_is_worth_more_than_all_others_together_has_their_place()
    {
        IncrementalPlanner planner = Planner(out _);
        for (int i = 0; i < 5; i++)
        {
            planner.Rechoose(Sample(planner, _ => 10, 5000));
        }

        OffloadPlan plan = planner.Rechoose(Sample(planner, _ => 10, 5000)).Plan;
        PlannedRule way = Assert.Single(plan.Rules, IsWay);
        Assert.Contains(Own(Pods).ToString(), way.Pattern, StringComparison.Ordinal);
        Assert.Equal(Pods, planner.Choice.LeftOut.Count);
    }

    [Fact]
    public void Drops_of_shared_rules_are_divided_by_what_each_pod_dropped_before_and_what_came_its_way()
    {
        IncrementalPlanner planner = Planner(out _);
        for (int i = 0; i < 40; i++)
        {
            planner.Rechoose(Sample(planner, pod => pod == 3 ? 900 : 10, 1));
        }

        // Pod 3 is still the one that is flooded, though more of what is allowed goes to pod 4.
        for (int i = 0; i < 10; i++)
        {
            planner.Rechoose(Sample(planner, pod => pod == 3 ? 900 : 10, 1, allowedToPod4: 5000));
        }

        Assert.InRange(planner.Rate(new UnitKey(Own(3), Direction.Ingress)), 800, 1000);
        Assert.InRange(planner.Rate(new UnitKey(Own(4), Direction.Ingress)), 0, 100);
    }

    private static IncrementalPlanner Planner(out NicCapabilities nic)
    {
        nic = NicProfiles.Load("mlx5");
        int all = OffloadPlanner.Plan(s_snapshot, nic, PlanOptions.Default).Rules.Length;

        // A policy and its pods too many: a pod has two rules of its own.
        nic = nic with { TableSize = new CapabilityFact<int>(all - 1 - (2 * Pods), "test") };
        IncrementalPlanner planner = new(
            nic, PlanOptions.Default, new BudgetOptions { MinimumStay = TimeSpan.Zero, HalfLife = TimeSpan.FromSeconds(1) });
        planner.Update(s_snapshot);
        return planner;
    }

    // A second of what each pod denies, in the NIC where its rules are there, else in the fallback.
    private static TrafficSample Sample(
        IncrementalPlanner planner, Func<int, int> denied, int byLonely, int allowedToPod4 = 0)
    {
        OffloadPlan plan = planner.Rechoose(TrafficSample.None(TimeSpan.Zero), mayMove: false).Plan;
        Dictionary<RuleKey, RuleHit> hits = plan.Rules.Where(rule => rule.Verdict == RuleVerdict.Drop)
            .ToDictionary(rule => rule.Key, _ => new RuleHit(0));
        PlannedRule? drop = plan.Rules.FirstOrDefault(rule => rule.Spec.Actions.Any(action => action is DropAction));
        List<DeniedTotal> totals = [];
        long dropped = 0;
        for (int pod = 0; pod <= Pods; pod++)
        {
            int packets = pod == Pods ? byLonely : denied(pod);
            PlannedRule? way = plan.Rules.FirstOrDefault(rule => IsWay(rule) && rule.Pod == $"x/{Name(pod)}");
            if (way is null)
            {
                totals.Add(new DeniedTotal(Own(pod), Direction.Ingress, packets));
            }
            else
            {
                hits[way.Key] = new RuleHit(packets + (pod == 4 ? allowedToPod4 : 0));
                dropped += packets;
            }
        }

        if (drop is not null)
        {
            hits[drop.Key] = new RuleHit(dropped);
        }

        return TrafficSample.None(TimeSpan.FromSeconds(1)) with { Hits = hits, Totals = [.. totals] };
    }

    private static bool IsWay(PlannedRule rule) =>
        rule.Verdict == RuleVerdict.Drop && rule.Pod.Length > 0 && rule.Spec.Actions.Any(action => action is JumpAction);

    private static IpAddr Own(int pod) => IpAddr.V4(0x0a00_0001u + (uint)pod);

    private static string Name(int pod) => string.Create(CultureInfo.InvariantCulture, $"pod-{pod:d2}");

    private static LocalEndpoint Pod(int pod, EndpointDirection ingress) => new(
        Name(pod),
        "x",
        Name(pod),
        [Own(pod)],
        PeerSet.OfAddresses([Own(pod)]),
        ingress,
        new EndpointDirection(PolicySet.Open, [], []));

    private static EndpointDirection DirectionOf(string policy, uint first)
    {
        PeerSet peers = PeerSet.OfAddresses(Enumerable.Range(0, Peers).Select(i => IpAddr.V4(first + (2 * (uint)i))));
        ImmutableArray<RuleOrigin> origins = [new RuleOrigin("uid", "x", policy, Direction.Ingress, 0, 0, 0)];
        PortSet ports = PortSet.Of([new L4PortRange(L4Proto.Tcp, 80, 80)]);
        return new EndpointDirection(PolicySet.Of([new AllowRule(peers, ports)]), origins, [origins]);
    }
}
