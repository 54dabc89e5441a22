using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning;
using NetPolNic.Offload.Tests.Support;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Tests.Planning;

/// <summary>How many rules a node of <see cref="RealisticCluster"/> takes, in tables that hold them all.</summary>
public sealed class RealisticNodeTests(ITestOutputHelper output)
{
    private static readonly ClusterShape.Shares s_all = ClusterShape.Default.Mix;

    private static readonly (string Name, ClusterShape Shape)[] s_shapes =
    [
        ("20 nodes, 6 namespaces, products", ClusterShape.Production),
        ("20 nodes, 8 namespaces, products", new ClusterShape(20, 8, new ClusterShape.Shares(0, 0, 0, 0, 1))),
        ("20 nodes, 12 namespaces, products", new ClusterShape(20, 12, new ClusterShape.Shares(0, 0, 0, 0, 1))),
        ("20 nodes, 20 namespaces, products", new ClusterShape(20, 20, new ClusterShape.Shares(0, 0, 0, 0, 1))),
        ("20 nodes, 8 namespaces, teams", new ClusterShape(20, 8, new ClusterShape.Shares(1, 0, 0, 0))),
        ("20 nodes, 20 namespaces, all kinds", ClusterShape.Default),
        ("20 nodes, 20 namespaces, teams", new ClusterShape(20, 20, new ClusterShape.Shares(1, 0, 0, 0))),
        ("20 nodes, 20 namespaces, apps", new ClusterShape(20, 20, new ClusterShape.Shares(0, 1, 0, 0))),
        ("20 nodes, 20 namespaces, platform", new ClusterShape(20, 20, new ClusterShape.Shares(0, 0, 1, 0))),
        ("20 nodes, 4 namespaces, all kinds", new ClusterShape(20, 4, s_all)),
        ("5 nodes, 20 namespaces, all kinds", Small),
    ];

    // Of hundreds of pods: flat rules of larger ones are hundreds of thousands.
    private static ClusterShape Small => new(5, 20, s_all);

    public static TheoryData<string> Profiles => [.. NicProfiles.Names];

    public static TheoryData<string> Shapes => [.. s_shapes.Select(shape => shape.Name)];

    [Theory]
    [MemberData(nameof(Profiles))]
    public void Takes_no_more_rules_than_the_cross_product(string profile)
    {
        NicCapabilities nic = NicProfiles.Load(profile) with { TableSize = new CapabilityFact<int>(10_000_000, "all fit") };
        for (int seed = 1; seed <= 5; seed++)
        {
            (OffloadPlan plan, long naive) = PlanOf(Small, seed, nic);
            output.WriteLine($"{profile}, seed {seed}: {plan.Rules.Length} rules, cross product {naive}");
            Assert.InRange(plan.Rules.Length, 0, naive);
        }
    }

    [Theory]
    [InlineData(6)]
    [InlineData(8)]
    public void Saves_fifty_times_the_cross_product_where_few_products_share_the_node(int products)
    {
        for (int seed = 1; seed <= 5; seed++)
        {
            (OffloadPlan plan, long naive) = PlanOf(ClusterShape.Production with { Namespaces = products }, seed, NicProfiles.Load("mlx5"));
            output.WriteLine($"seed {seed}: {plan.Rules.Length} rules, cross product {naive}");
            Assert.InRange(plan.Rules.Length, 1, naive / 50);
        }
    }

    [Theory]
    [InlineData("enic")]
    [InlineData("ice")]
    [InlineData("i40e")]
    public void Takes_no_more_rules_than_the_cross_product_where_policies_are_small(string profile)
    {
        NicCapabilities nic = NicProfiles.Load(profile) with { TableSize = new CapabilityFact<int>(10_000_000, "all fit") };
        for (int seed = 1; seed <= 5; seed++)
        {
            (OffloadPlan plan, long naive) = PlanOf(new ClusterShape(5, 8, new ClusterShape.Shares(0, 1, 0, 0)), seed, nic);
            output.WriteLine($"{profile}, seed {seed}: {plan.Rules.Length} rules, cross product {naive}");
            Assert.InRange(plan.Rules.Length, 0, naive);
        }
    }

    // What groups save is what pods of a node share: the ratio is that of the node more than that of the planner. An exact plan
    // has at least one rule for each peer that it tells apart, in each direction.
    [Theory]
    [MemberData(nameof(Shapes))]
    public void Saves_what_pods_share(string name)
    {
        ClusterShape shape = s_shapes.Single(known => known.Name == name).Shape;
        for (int seed = 1; seed <= 2; seed++)
        {
            (OffloadPlan plan, long naive) = PlanOf(shape, seed, NicProfiles.Load("mlx5"));
            int distinct = plan.Rules.Where(rule => rule.Spec.Pattern.Length > 1)
                .Select(rule => rule.Spec.Pattern[1].ToString()).Distinct().Count();
            output.WriteLine(
                $"{name}, seed {seed}: {plan.Rules.Length} rules, {distinct} distinct, cross product {naive}, " +
                $"{(double)naive / plan.Rules.Length:F1} x fewer");
            Assert.DoesNotContain(plan.Punts, punt => punt.Reason == PuntReason.TableFull);
            Assert.InRange(plan.Rules.Length, distinct, 3 * distinct);
        }
    }

    private static (OffloadPlan Plan, long Naive) PlanOf(ClusterShape shape, int seed, NicCapabilities nic)
    {
        ClusterState state = RealisticCluster.Create(seed, shape);
        PolicySnapshot snapshot = new PolicyResolver().Resolve(state, RealisticCluster.Node);
        return (OffloadPlanner.Plan(snapshot, nic, PlanOptions.Default), NaiveRules.CountOf(state, RealisticCluster.Node, nic));
    }
}
