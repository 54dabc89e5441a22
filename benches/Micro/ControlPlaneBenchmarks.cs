using BenchmarkDotNet.Attributes;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Benches.Micro;

/// <summary>From cluster state to a plan, in full: what one change costs while nothing is incremental yet.</summary>
[MemoryDiagnoser]
public class ControlPlaneBenchmarks
{
    private ClusterState _state = ClusterState.Empty;
    private PolicySnapshot _snapshot = PolicySnapshot.Empty;
    private NicCapabilities _nic = NicProfiles.Load("mlx5");

    /// <summary>Pods of the cluster; 100 per node, 20 per namespace.</summary>
    [Params(1_000, 10_000)]
    public int Pods { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _state = SyntheticCluster.Create(Pods, Pods / 20, Pods / 100);
        _snapshot = Resolve();
        _nic = NicProfiles.Load("mlx5");
    }

    [Benchmark]
    public PolicySnapshot Resolve() => new PolicyResolver().Resolve(_state, SyntheticCluster.Node);

    [Benchmark]
    public OffloadPlan Plan() => OffloadPlanner.Plan(_snapshot, _nic, PlanOptions.Default);
}
