using System.Collections.Immutable;
using NetPolNic.Cluster.Sources;

namespace NetPolNic.Agent.Tests.Observability;

/// <summary>A source that says of itself what the test wants.</summary>
internal sealed class FakeSource : IClusterSource
{
    public string Name => "a fake";

    public ImmutableArray<ReflectorHealth> Health { get; set; } = [];

    public Task RunAsync(ClusterFeed feed, CancellationToken cancellation) => Task.CompletedTask;
}
