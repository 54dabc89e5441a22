using System.Collections.Immutable;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;
using NetPolNic.TestSupport;

namespace NetPolNic.Policy.Tests.Resolve.Incremental;

/// <summary>A small cluster whose changes a checked resolver of node "n1" follows.</summary>
internal sealed class Following
{
    private readonly SnapshotChecker _checker = new(IsolationMode.Auto, "n1");
    private ClusterState _state;

    public Following(ClusterBuilder cluster)
    {
        _state = cluster.Build();
        Snapshot = Relist();
    }

    public PolicySnapshot Snapshot { get; }

    public Pod Pod(string uid) => _state.Pods.Single(p => p.Uid == uid);

    /// <summary>Changes a pod and resolves.</summary>
    public PolicySnapshot PutPod(string uid, Func<Pod, Pod> change)
    {
        ClusterChanges changes = new();
        changes.Put(change(Pod(uid)));
        return Take(changes);
    }

    /// <summary>Puts every object as it is.</summary>
    public PolicySnapshot Relist() => Take(ClusterChanges.Of(_state));

    /// <summary>Applies a batch and resolves.</summary>
    public PolicySnapshot Take(ClusterChanges changes)
    {
        _checker.Apply(changes);
        _state = new ClusterState(
            Merge(_state.Namespaces, changes.Namespaces, n => n.Name),
            Merge(_state.Pods, changes.Pods, p => p.Uid),
            Merge(_state.Policies, changes.Policies, p => (p.Api, p.Uid)));
        return _checker.Check(_state);
    }

    private static ImmutableArray<T> Merge<TKey, T>(
        ImmutableArray<T> now,
        IReadOnlyDictionary<TKey, T?> changes,
        Func<T, TKey> keyOf)
        where T : class =>
        [.. now.Where(item => !changes.ContainsKey(keyOf(item))), .. changes.Values.OfType<T>()];
}
