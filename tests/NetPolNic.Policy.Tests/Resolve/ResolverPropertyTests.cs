using CsCheck;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Reference;
using NetPolNic.Policy.Resolve;
using NetPolNic.TestSupport;

namespace NetPolNic.Policy.Tests.Resolve;

/// <summary>Random clusters: the resolver agrees with the evaluator, whatever the order of its input.</summary>
public sealed class ResolverPropertyTests
{
    [Fact]
    public void Resolved_sets_give_the_verdicts_of_the_evaluator()
    {
        Gen.Select(ClusterGen.StateWithDefects, ClusterGen.Mode, ClusterGen.Node, ClusterGen.Probe.Array[60]).Sample(
            (state, mode, node, probes) =>
            {
                SnapshotQuery resolved = new(new PolicyResolver(mode).Resolve(state, node));
                PolicyEvaluator evaluator = new(state, mode);
                foreach (FlowProbe probe in probes)
                {
                    Compare(resolved, evaluator, probe, node);
                }
            },
            print: t => $"{t.Item2} node {t.Item3}\n{ClusterYaml.Write(t.Item1)}",
            iter: 3000);
    }

    [Fact]
    public void Snapshot_is_the_same_when_input_is_shuffled()
    {
        Gen.Select(ClusterGen.StateWithDefects, ClusterGen.Mode, ClusterGen.Node, Gen.Int).Sample(
            (state, mode, node, seed) =>
            {
                PolicySnapshot before = new PolicyResolver(mode).Resolve(state, node);
                PolicySnapshot after = new PolicyResolver(mode).Resolve(ClusterGen.Shuffle(state, seed), node);
                Assert.True(before.SaysTheSameAs(after));
            },
            print: t => $"{t.Item2} node {t.Item3} seed {t.Item4}\n{ClusterYaml.Write(t.Item1)}",
            iter: 1000);
    }

    [Fact]
    public void Equal_sets_are_one_instance_and_outlive_a_snapshot()
    {
        Gen.Select(ClusterGen.State, ClusterGen.State, ClusterGen.Mode).Sample(
            (first, second, mode) =>
            {
                PolicyResolver resolver = new(mode);
                PolicySnapshot[] snapshots = [resolver.Resolve(first, null), resolver.Resolve(second, null)];
                List<LocalEndpoint> endpoints = [.. snapshots.SelectMany(s => s.Endpoints)];
                List<PolicySet> sets = [.. endpoints.SelectMany(e => new[] { e.Ingress.Set, e.Egress.Set })];
                AssertInterned(sets);
                AssertInterned([.. sets.SelectMany(s => s.Rules).Select(r => r.Ports)]);
                IEnumerable<PeerSet> peers = sets.SelectMany(s => s.Rules).Select(r => r.Peers);
                AssertInterned([.. peers.Concat(endpoints.Select(e => e.ExemptPeers))]);
                Assert.Equal(snapshots[0].Generation + 1, snapshots[1].Generation);
            },
            iter: 300);
    }

    [Fact]
    public void Endpoints_have_their_own_addresses_and_parallel_origins()
    {
        Gen.Select(ClusterGen.StateWithDefects, ClusterGen.Mode, ClusterGen.Node).Sample(
            (state, mode, node) =>
            {
                PolicySnapshot snapshot = new PolicyResolver(mode).Resolve(state, node);
                Assert.All(snapshot.Endpoints, e => Assert.NotEmpty(e.Addresses));
                Assert.Distinct(snapshot.Endpoints.SelectMany(e => e.Addresses));
                EndpointDirection[] both = [.. snapshot.Endpoints.SelectMany(e => new[] { e.Ingress, e.Egress })];
                foreach (EndpointDirection direction in both)
                {
                    Assert.Equal(direction.Set.Rules.Length, direction.RuleOrigins.Length);
                    Assert.All(direction.RuleOrigins, o => Assert.NotEmpty(o));
                    Assert.Distinct(direction.Set.Rules.Select(r => r.Peers));
                    Assert.Distinct(direction.Set.Rules.Select(r => r.Ports));
                }
            },
            iter: 500);
    }

    private static void Compare(SnapshotQuery resolved, PolicyEvaluator evaluator, FlowProbe probe, string? node)
    {
        FlowDecision expected = evaluator.Evaluate(probe.Src, probe.Dst, probe.IpProto, probe.DstL4Port, node);
        bool allowed = resolved.Allows(probe.Src, probe.Dst, probe.IpProto, probe.DstL4Port);
        Assert.True(allowed == (expected.Combined == Verdict.Allow), $"{probe}: resolved {allowed}, {expected}");
        Assert.Equal(expected.IsExempt, resolved.IsExempt(probe.Src, probe.Dst));
        bool guardsDst = evaluator.IsIsolated(probe.Dst, Direction.Ingress, node);
        bool guardsSrc = evaluator.IsIsolated(probe.Src, Direction.Egress, node);
        CompareEnd(resolved.Find(probe.Dst)?.Ingress, expected.Ingress, guardsDst);
        CompareEnd(resolved.Find(probe.Src)?.Egress, expected.Egress, guardsSrc);
    }

    private static void CompareEnd(EndpointDirection? resolved, DirectionDecision expected, bool isolated)
    {
        Assert.Equal(isolated, resolved?.Set.IsIsolated ?? false);
        Assert.Equal(isolated, expected.IsIsolated);
        if (expected.Reason is DecisionReason.AllowedByRule or DecisionReason.NoRuleAllows)
        {
            Assert.Equal(expected.IsolatedBy, resolved!.IsolatedBy);
            Assert.Subset(resolved.RuleOrigins.SelectMany(o => o).ToHashSet(), expected.AllowedBy.ToHashSet());
        }
    }

    private static void AssertInterned<T>(IReadOnlyCollection<T> values)
        where T : class
    {
        Assert.Equal(values.Distinct().Count(), values.Distinct(ReferenceEqualityComparer.Instance).Count());
    }
}
