using BenchmarkDotNet.Attributes;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Benches.Micro;

/// <summary>From a whole cluster to the snapshot of a node: by full resolution, and as the first batch of the incremental.</summary>
[MemoryDiagnoser]
public class ResolverBenchmarks
{
    private ClusterState _state = ClusterState.Empty;
    private ClusterChanges _changes = new();

    [ParamsSource(nameof(Shapes))]
    public ClusterShape Shape { get; set; } = ClusterShape.Middle;

    public static IEnumerable<ClusterShape> Shapes => [ClusterShape.Middle, ClusterShape.Largest];

    [GlobalSetup]
    public void SetUp()
    {
        _state = SyntheticCluster.Create(Shape);
        _changes = ClusterChanges.Of(_state);
    }

    [Benchmark(Baseline = true)]
    public PolicySnapshot Full() => new PolicyResolver().Resolve(_state, SyntheticCluster.Node);

    [Benchmark]
    public PolicySnapshot FirstBatch()
    {
        IncrementalResolver resolver = new(IsolationMode.Auto, SyntheticCluster.Node);
        resolver.Apply(_changes);
        return resolver.Resolve();
    }
}
