using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using BenchmarkDotNet.Attributes;
using NetPolNic.Fallback.Worker;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Benches.Datapath;

/// <summary>What putting a snapshot in force costs, by what changed; no worker polls.</summary>
[MemoryDiagnoser]
[SuppressMessage("Design", "CA1001", Justification = "GlobalCleanup disposes; the runner derives from the class.")]
public class PublishBenchmarks
{
    private readonly SnapshotPublisher _publisher = new();
    private PolicySnapshot[] _snapshots = [];
    private int _next;

    /// <summary>Local pods; every ten share a policy set.</summary>
    [Params(110, 500)]
    public int Endpoints { get; set; }

    /// <summary>Peers of the one policy set that changes with each publish; 0: pods change, sets do not.</summary>
    [Params(0, 100, 10_000, 100_000)]
    public int ChangedPeers { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        PolicySet[] sets = [.. Enumerable.Range(0, (Endpoints / 10) + 1).Select(i => SyntheticSets.Of(1_000, i))];
        ImmutableArray<LocalEndpoint> endpoints =
            [.. Enumerable.Range(0, Endpoints).Select(i => SyntheticSets.Endpoint(i, sets[i / 10]))];
        _snapshots =
        [
            .. Enumerable.Range(0, 2).Select(i => new PolicySnapshot(
                i,
                ChangedPeers == 0
                    ? endpoints.RemoveAt(i)
                    : endpoints.SetItem(0, SyntheticSets.Endpoint(0, SyntheticSets.Of(ChangedPeers, 1_000 + i))),
                [])),
        ];
    }

    [Benchmark]
    public void Publish()
    {
        _publisher.Publish(_snapshots[_next]);
        _next ^= 1;
    }

    [GlobalCleanup]
    public void CleanUp() => _publisher.Dispose();
}
