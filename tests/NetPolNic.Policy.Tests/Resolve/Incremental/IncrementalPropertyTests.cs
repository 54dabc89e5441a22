using CsCheck;
using NetPolNic.Policy.Model;
using NetPolNic.TestSupport;

namespace NetPolNic.Policy.Tests.Resolve.Incremental;

/// <summary>
/// Random walks through random clusters: after every batch the incremental resolver says what a full resolution says,
/// keeps what did not change, and holds nothing that is gone.
/// </summary>
public sealed class IncrementalPropertyTests
{
    private const int LongFactor = 100;

    private static readonly Gen<Step> s_step =
        from kind in Gen.Enum<StepKind>()
        from number in Gen.Int[0, 7]
        from source in Gen.Int[0, 7]
        select new Step(kind, number, source);

    private static readonly Gen<(ClusterState[] States, IsolationMode Mode, string? Node, Step[] Steps)> s_walk =
        Gen.Select(ClusterGen.StateWithDefects.Array[2, 4], ClusterGen.Mode, ClusterGen.Node, s_step.Array[1, 60]);

    private static int Iterations(int usual) =>
        Environment.GetEnvironmentVariable("NETPOLNIC_TEST_LONG") == "1" ? usual * LongFactor : usual;

    [Fact]
    public void Every_batch_says_what_full_resolution_says()
    {
        s_walk.Sample(
            walk =>
            {
                ClusterWalk cluster = new(walk.States);
                SnapshotChecker checker = new(walk.Mode, walk.Node);
                checker.Apply(ClusterChanges.Of(walk.States[0]));
                Start(cluster, walk.States[0]);
                foreach (Step step in walk.Steps)
                {
                    cluster.Do(step);
                    if (step.Kind <= StepKind.ApplyOnly)
                    {
                        checker.Apply(cluster.Take());
                    }

                    if (step.Kind < StepKind.ApplyOnly)
                    {
                        checker.Check(cluster.State);
                    }
                }

                checker.Apply(cluster.Take());
                checker.Check(cluster.State);
                cluster.Clear();
                checker.Apply(cluster.Take());
                checker.Check(ClusterState.Empty);
                checker.CheckNothingIsHeld();
            },
            print: t => $"{t.Mode} node {t.Node}\n{string.Join('\n', t.Steps)}\n" +
                string.Join("\n=====\n", t.States.Select(ClusterYaml.Write)),
            iter: Iterations(3000));
    }

    /// <summary>Brings the walk to its first state.</summary>
    private static void Start(ClusterWalk cluster, ClusterState state)
    {
        for (int i = 0; i < Universe.PodCount; i++)
        {
            cluster.Do(new Step(StepKind.PutPod, i, 0));
            cluster.Do(new Step(StepKind.PutPolicy, i, 0));
        }

        foreach (Namespace ns in state.Namespaces)
        {
            cluster.Do(new Step(StepKind.PutSpace, Universe.Namespaces.ToList().IndexOf(ns.Name), 0));
        }

        _ = cluster.Take();
    }
}
