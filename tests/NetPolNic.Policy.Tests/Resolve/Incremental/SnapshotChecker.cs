using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Policy.Tests.Resolve.Incremental;

/// <summary>An incremental resolver whose every snapshot is compared with a full resolution and with the one before.</summary>
internal sealed class SnapshotChecker(IsolationMode mode, string? node)
{
    private readonly IncrementalResolver _resolver = new(mode, node);
    private PolicySnapshot? _before;

    public void Apply(ClusterChanges changes) => _resolver.Apply(changes);

    /// <summary>Resolves, and compares with what the resolver says of <paramref name="state"/>.</summary>
    public PolicySnapshot Check(ClusterState state)
    {
        PolicySnapshot snapshot = _resolver.Resolve();
        PolicySnapshot expected = new PolicyResolver(mode).Resolve(state, node);
        Assert.Equal(expected.Warnings, snapshot.Warnings);
        Assert.Equal(expected.Endpoints, snapshot.Endpoints);
        Assert.True(snapshot.SaysTheSameAs(expected));
        Assert.True(snapshot.SaysTheSameAs(new PolicyResolver(mode).Resolve(_resolver.ToState(), node)));
        CheckState(state);
        if (_before is not null)
        {
            CheckKept(_before, snapshot);
        }

        CheckInterned(snapshot);
        Assert.Same(snapshot, _resolver.Resolve());
        _before = snapshot;
        return snapshot;
    }

    /// <summary>After every object was removed.</summary>
    public void CheckNothingIsHeld() => Assert.Equal(
        new IncrementalResolver(mode, node).Holdings,
        _resolver.Holdings);

    private static void CheckKept(PolicySnapshot before, PolicySnapshot after)
    {
        Assert.Equal(before.SaysTheSameAs(after), ReferenceEquals(before, after));
        Assert.Equal(before.Generation + (ReferenceEquals(before, after) ? 0 : 1), after.Generation);
        Dictionary<LocalEndpoint, LocalEndpoint> known = before.Endpoints.ToDictionary(e => e);
        foreach (LocalEndpoint endpoint in after.Endpoints)
        {
            if (known.TryGetValue(endpoint, out LocalEndpoint? same))
            {
                Assert.Same(same, endpoint);
            }
        }

        CheckInterned(before, after);
    }

    private static void CheckInterned(params PolicySnapshot[] snapshots)
    {
        List<PolicySet> sets =
            [.. snapshots.SelectMany(s => s.Endpoints).SelectMany(e => new[] { e.Ingress.Set, e.Egress.Set })];
        IEnumerable<PeerSet> exempt = snapshots.SelectMany(s => s.Endpoints).Select(e => e.ExemptPeers);
        CheckInterned(sets);
        CheckInterned([.. sets.SelectMany(s => s.Rules).Select(r => r.Ports)]);
        CheckInterned([.. sets.SelectMany(s => s.Rules).Select(r => r.Peers).Concat(exempt)]);
    }

    private static void CheckInterned<T>(IReadOnlyCollection<T> values)
        where T : class
    {
        Assert.Equal(values.Distinct().Count(), values.Distinct(ReferenceEqualityComparer.Instance).Count());
    }

    private void CheckState(ClusterState state)
    {
        ClusterState held = _resolver.ToState();
        Assert.Equal(state.Namespaces.Select(n => n.Name).Order(), held.Namespaces.Select(n => n.Name).Order());
        Assert.Equal(state.Pods.Select(p => p.Uid).Order(), held.Pods.Select(p => p.Uid).Order());
        Assert.Equal(state.Policies.Select(p => p.Uid).Order(), held.Policies.Select(p => p.Uid).Order());
    }
}
