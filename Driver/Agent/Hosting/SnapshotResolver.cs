using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Agent.Hosting;

/// <summary>The incremental resolver, in the shape that the apply loop drives.</summary>
internal sealed class SnapshotResolver(IsolationMode mode, string? nodeName) : ISnapshotResolver
{
    private readonly IncrementalResolver _resolver = new(mode, nodeName);

    public void Apply(ClusterChanges changes) => _resolver.Apply(changes);

    public PolicySnapshot Resolve() => _resolver.Resolve();

    public ClusterState ToState() => _resolver.ToState();
}
