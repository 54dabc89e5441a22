using Dpdk.Flow;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning;
using NetPolNic.Offload.Testpmd;
using NetPolNic.Offload.Tests.Support;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Tests.Testpmd;

public sealed class TestpmdExportTests
{
    private static readonly OffloadPlan s_plan = OffloadPlanner.Plan(
        Gens.SnapshotOf(
            Gens.Endpoint("a", PolicySet.Closed, PolicySet.Open, "10.0.0.5"),
            Gens.Endpoint("b", PolicySet.Open, PolicySet.Open, "10.0.0.6")),
        Flat.Load("mlx5"),
        PlanOptions.Default);

    [Fact]
    public void Writes_one_command_for_each_rule()
    {
        using StringWriter text = new();
        TestpmdExport.Write(s_plan, text, 3);
        string[] lines = text.ToString().Split('\n');

        Assert.Equal(s_plan.Rules.Length + 1, lines.Length);
        Assert.Equal(
            "flow create 3 group 0 priority 0 ingress pattern eth / ipv4 src is 10.0.0.5 dst is 10.0.0.5 / end " +
            "actions count / queue index 0 / end",
            lines[0]);
        Assert.Empty(lines[^1]);
    }

    [Fact]
    public void Fills_a_group_before_anything_jumps_there()
    {
        OffloadPlan plan = OffloadPlanner.Plan(
            Gens.SnapshotOf(Gens.Endpoint("a", PolicySet.Closed, PolicySet.Closed, "10.0.0.5")),
            NicProfiles.Load("mlx5"),
            PlanOptions.Default);
        List<PlannedRule> rules = [.. TestpmdExport.InOrderOfCreation(plan)];

        Assert.Contains(rules, rule => rule.Spec.Actions.Any(action => action is JumpAction { Group: > 2 }));
        for (int i = 0; i < rules.Count; i++)
        {
            foreach (JumpAction jump in rules[i].Spec.Actions.OfType<JumpAction>())
            {
                Assert.Contains(rules.Take(i), rule => rule.Spec.Attr.Group == jump.Group);
            }
        }
    }

    [Fact]
    public void Creates_punts_before_drops_before_passes() => Assert.Equal(
        [RuleVerdict.Punt, RuleVerdict.Drop, RuleVerdict.Pass],
        TestpmdExport.InOrderOfCreation(s_plan).Select(rule => rule.Verdict).Distinct());
}
