using System.Collections.Immutable;
using CsCheck;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning;
using NetPolNic.Offload.Tests.Support;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Tests.Planning;

/// <summary>A full plan of each snapshot is the definition of what the updates say.</summary>
public sealed class IncrementalPlannerTests
{
    private static readonly NicCapabilities s_mlx5 = NicProfiles.Load("mlx5");

    [Fact]
    public void Says_what_a_full_plan_says_when_snapshots_follow_each_other() =>
        Gen.Select(UpdateGens.Sequence, NicGens.Shipped, Gens.Options).Sample(Compare, iter: 200);

    [Fact]
    public void Says_what_a_full_plan_says_on_any_nic_and_in_any_table() =>
        Gen.Select(UpdateGens.Sequence, NicGens.Arbitrary, Gens.Options).Sample(Compare, iter: 300);

    [Fact]
    public void Says_what_a_full_plan_says_when_the_table_is_too_small_at_times() =>
        Gen.Select(UpdateGens.Sequence, NicGens.Shipped, Gen.Int[5, 60]).Sample(
            (snapshots, nic, size) => Compare(
                snapshots,
                nic with { TableSize = new CapabilityFact<int>(size, "test") },
                PlanOptions.Default),
            iter: 200);

    [Fact]
    public void Says_nothing_when_a_snapshot_has_the_same_pods()
    {
        PolicySnapshot snapshot = Gens.SnapshotOf(
            Gens.Endpoint("a", PolicySet.Closed, PolicySet.Closed, "10.0.0.5"),
            Gens.Endpoint("b", PolicySet.Open, PolicySet.Open, "10.0.0.6"));
        IncrementalPlanner planner = new(s_mlx5, PlanOptions.Default);
        Assert.False(planner.Update(snapshot).IsEmpty);

        Assert.True(planner.Update(snapshot with { Generation = 2 }).IsEmpty);
    }

    [Fact]
    public void Names_only_the_rules_of_the_pod_that_changed()
    {
        LocalEndpoint stays = Gens.Endpoint("a", PolicySet.Closed, PolicySet.Closed, "10.0.0.5");
        IncrementalPlanner planner = new(Flat.Load("mlx5"), PlanOptions.Default);
        planner.Update(Gens.SnapshotOf(stays, Gens.Endpoint("b", PolicySet.Closed, PolicySet.Closed, "10.0.0.6")));
        PlanUpdate update = planner.Update(
            Gens.SnapshotOf(stays, Gens.Endpoint("b", PolicySet.Closed, PolicySet.Open, "10.0.0.6")));

        Assert.NotEmpty(update.Removed);
        Assert.All(
            update.Added.Concat(update.Removed).Concat(update.Changed), rule => Assert.Equal("default/b", rule.Pod));
    }

    [Fact]
    public void Keeps_an_earlier_plan_as_it_was_when_it_is_asked_for_later()
    {
        PolicySnapshot first = Gens.SnapshotOf(Gens.Endpoint("a", PolicySet.Closed, PolicySet.Closed, "10.0.0.5"));
        IncrementalPlanner planner = new(s_mlx5, PlanOptions.Default);
        PlanUpdate update = planner.Update(first);
        planner.Update(PolicySnapshot.Empty);

        Assert.Equal(
            PlanText.RulesOf(OffloadPlanner.Plan(first, s_mlx5, PlanOptions.Default)), PlanText.RulesOf(update.Plan));
    }

    [Fact]
    public void Refuses_options_without_a_queue() => Assert.Throws<ArgumentException>(
        () => new IncrementalPlanner(s_mlx5, PlanOptions.Default with { Queues = [] }));

    private static void Compare(PolicySnapshot[] snapshots, NicCapabilities nic, PlanOptions options)
    {
        IncrementalPlanner planner = new(nic, options);
        Dictionary<RuleKey, PlannedRule> followed = [];
        foreach (PolicySnapshot snapshot in snapshots)
        {
            PlanUpdate update = planner.Update(snapshot);
            OffloadPlan plan = OffloadPlanner.PlanWith(snapshot, nic, options, planner.Choice);
            Follow(followed, update);
            BudgetCheck.FillsTheTable(plan, snapshot, nic, options, planner.Choice);
            Assert.Equal(planner.IsLimited || !planner.Choice.WithPasses, BudgetCheck.IsTooMuch(snapshot, nic, options));
            ImmutableArray<PlannedRule> expected = CanonicalGroups.Of(plan.Rules);
            ImmutableArray<PlannedRule> actual = CanonicalGroups.Of(update.Plan.Rules);
            Assert.Equal(
                PlanText.RulesOf(update.Plan), followed.Values.Select(PlanText.Of).Order(StringComparer.Ordinal));
            Assert.Equal(
                expected.Select(PlanText.Of).Order(StringComparer.Ordinal),
                actual.Select(PlanText.Of).Order(StringComparer.Ordinal));
            Assert.Equal(PlanText.PuntsOf(plan), PlanText.PuntsOf(update.Plan));
            Assert.Equal((plan.Rules.Length, plan.Punts.Length), (update.RuleCount, update.PuntCount));
            Assert.Equal(expected.Select(rule => rule.Key), actual.Select(rule => rule.Key));
        }
    }

    private static void Follow(Dictionary<RuleKey, PlannedRule> rules, PlanUpdate update)
    {
        foreach (PlannedRule rule in update.Removed)
        {
            Assert.True(rules.Remove(rule.Key));
        }

        foreach (PlannedRule rule in update.Changed)
        {
            Assert.True(rules.ContainsKey(rule.Key));
            rules[rule.Key] = rule;
        }

        foreach (PlannedRule rule in update.Added)
        {
            rules.Add(rule.Key, rule);
        }
    }
}
