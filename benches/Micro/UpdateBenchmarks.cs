using BenchmarkDotNet.Attributes;
using NetPolNic.Offload.Apply;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Benches.Micro;

/// <summary>
/// One event on a node of 110 pods that are isolated both ways, from its snapshot to the last call to a NIC that costs nothing.
/// </summary>
[MemoryDiagnoser]
public class UpdateBenchmarks
{
    private readonly FlowReconciler _reconciler = new(new NullFlowTable());
    private IncrementalPlanner _planner = new(NicProfiles.Load("mlx5"), PlanOptions.Default);
    private PolicySnapshot[] _peerComesAndGoes = [];
    private PolicySnapshot[] _podComesAndGoes = [];
    private int _turn;

    /// <summary>Addresses that may open a connection to each pod, and as many that it may connect to.</summary>
    [Params(5, 50, 500)]
    public int Peers { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _planner = new IncrementalPlanner(NicProfiles.Load("mlx5"), PlanOptions.Default);
        PolicySnapshot all = SyntheticNode.Create(110, Peers);
        _peerComesAndGoes = [all, SyntheticNode.WithOneMorePeer(all, Peers)];
        _podComesAndGoes = [all, SyntheticNode.WithoutOnePod(all)];
        Apply(all);
    }

    [Benchmark]
    public ApplyReport OnePeerComesOrGoes() => Apply(_peerComesAndGoes[_turn++ & 1]);

    [Benchmark]
    public ApplyReport OnePodComesOrGoes() => Apply(_podComesAndGoes[_turn++ & 1]);

    private ApplyReport Apply(PolicySnapshot snapshot)
    {
        _reconciler.Prepare(_planner.Update(snapshot));
        return _reconciler.Complete();
    }
}
