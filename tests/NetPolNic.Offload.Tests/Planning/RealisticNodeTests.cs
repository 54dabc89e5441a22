using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning;
using NetPolNic.Offload.Tests.Support;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Tests.Planning;

/// <summary>How many rules a node of <see cref="RealisticCluster"/> takes, in tables that hold them all.</summary>
public sealed class RealisticNodeTests(ITestOutputHelper output)
{
    public static TheoryData<string> Profiles => [.. NicProfiles.Names];

    [Theory]
    [InlineData("mlx5")]
    public void Diag(string profile)
    {
        NicCapabilities nic = NicProfiles.Load(profile) with { TableSize = new CapabilityFact<int>(10_000_000, "all fit") };
        for (int seed = 1; seed < 3; seed++)
        {
            ClusterState state = RealisticCluster.Create(seed, ClusterShape.Default);
            PolicySnapshot snapshot = new PolicyResolver().Resolve(state, RealisticCluster.Node);
            long naive = NaiveRules.CountOf(state, RealisticCluster.Node);
            OffloadPlan plan = OffloadPlanner.Plan(snapshot, nic, PlanOptions.Default);
            long closed = snapshot.Endpoints.Count(e => e.IsIsolated());
            var mine = plan.Rules.Where(r => r.Spec.Attr.Group > 2).ToList();
            foreach (var sig in mine.GroupBy(r => r.Spec.Attr.Group)
                .GroupBy(g => string.Join("|", g.Where(r => r.Spec.Pattern.Length > 1).Select(r => string.Join('/', r.Spec.Pattern)).Order(StringComparer.Ordinal)))
                .OrderByDescending(g => g.Sum(x => x.Count())).Take(14))
            {
                output.WriteLine($"{sig.Count()} x {sig.First().Count()} {sig.First().First().Direction} {sig.First().First(r => r.Spec.Pattern.Length > 1)} next {string.Join(" ", sig.Select(g => string.Join(",", g.SelectMany(r => r.Spec.Actions.OfType<Dpdk.Flow.JumpAction>()).Select(j => j.Group).Distinct())))}");
            }
            output.WriteLine($"{profile}: {plan.Rules.Length} rules, cross product {naive} {naive / Math.Max(1.0, plan.Rules.Length):F1} isolated {closed} pods' {plan.Rules.Length - mine.Count}, distinct {mine.Where(r => r.Spec.Pattern.Length > 1).Select(r => string.Join("|", r.Spec.Pattern[1])).Distinct().Count()}, groups {mine.Select(r => r.Spec.Attr.Group).Distinct().Count()}, glue {mine.Count(r => r.Spec.Pattern.Length == 1)}, layers {string.Join(", ", mine.GroupBy(r => r.Spec.Attr.Priority).OrderBy(r => r.Key).Select(g => $"{g.Key}: {g.Count()}"))}, big groups {mine.GroupBy(r => r.Spec.Attr.Group).Where(g => g.Count() >= 20).Sum(g => g.Count())} of {mine.GroupBy(r => r.Spec.Attr.Group).Where(g => g.Count() >= 20).Count()}");
        }
    }
}
