using NetPolNic.Agent.Hosting;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Agent.Tests.Hosting;

/// <summary>The real resolver, that fails by script.</summary>
internal sealed class FakeResolver(Func<FakeResolver, bool> fails) : ISnapshotResolver
{
    private readonly SnapshotResolver _real = new(IsolationMode.Auto, null);

    public int Resolves { get; private set; }

    public void Apply(ClusterChanges changes) => _real.Apply(changes);

    public PolicySnapshot Resolve()
    {
        Resolves++;
        return fails(this) ? throw new InvalidOperationException("the resolver fails by script") : _real.Resolve();
    }

    public ClusterState ToState() => _real.ToState();
}
