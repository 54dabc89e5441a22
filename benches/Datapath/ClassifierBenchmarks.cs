using System.Diagnostics.CodeAnalysis;
using BenchmarkDotNet.Attributes;
using NetPolNic.Fallback.Classifier;
using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Parsing;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Benches.Datapath;

/// <summary>What policy says of new connections, without connections, by the number of peers of the pod's set.</summary>
[MemoryDiagnoser]
[SuppressMessage("Design", "CA1001", Justification = "GlobalCleanup disposes; the runner derives from the class.")]
public unsafe class ClassifierBenchmarks
{
    private const int Rounds = 1024;

    private ClassifierSnapshot? _snapshot;
    private uint[] _peers = [];
    private int _at;

    /// <summary>Peers of the policy set.</summary>
    [Params(100, 10_000, 100_000)]
    public int Peers { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        PolicySet set = SyntheticSets.Of(Peers, 1);
        _snapshot = new ClassifierBuilder().Build(new PolicySnapshot(1, [SyntheticSets.Endpoint(1, set)], []));
        _peers = [.. set.Rules.SelectMany(r => r.Peers.Prefixes.Select(p => (uint)p.Addr.Value))];
    }

    /// <summary>A peer of the set, whatever its ports.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Rounds)]
    public int Known() => Evaluate(0);

    /// <summary>An address that is no peer.</summary>
    [Benchmark(OperationsPerInvoke = Rounds)]
    public int Stranger() => Evaluate(0x8000_0000);

    [GlobalCleanup]
    public void CleanUp() => _snapshot?.Dispose();

    private int Evaluate(uint flip)
    {
        int denied = 0;
        ClassifierTables* tables = _snapshot!.Tables;
        for (int i = 0; i < Rounds; i++)
        {
            _at = _at + 1 == _peers.Length ? 0 : _at + 1;
            FlowKey key = new()
            {
                SrcAddr = _peers[_at] ^ flip,
                DstAddr = 0x0b000001,
                SrcL4Port = 1,
                DstL4Port = 80,
                IpProto = 6,
                IpVersion = 4,
            };
            Ends ends = PolicyCheck.FindEnds(tables, key);
            denied += PolicyCheck.Evaluate(tables, key, ends) == DropReason.None ? 0 : 1;
        }

        return denied;
    }
}
