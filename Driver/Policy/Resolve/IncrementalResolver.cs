using System.Collections.Immutable;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve.Incremental;

namespace NetPolNic.Policy.Resolve;

/// <summary>
/// Follows a cluster change by change and keeps the effective policy of the pods of one node. Says what
/// <see cref="PolicyResolver"/> says of <see cref="ToState"/>; the cost of a change grows with what it touches, not with
/// the cluster. Not safe for concurrent use.
/// </summary>
public sealed class IncrementalResolver
{
    private readonly IsolationMode _mode;
    private readonly LiveCluster _cluster = new();
    private readonly SetPool _pool = new();
    private readonly SelectionTable _selections;
    private readonly DirectionTable _directions;
    private readonly SortedView<LocalEndpoint> _endpoints = new(EndpointOrder.Comparer);
    private readonly WarningTable _warnings = new();
    private readonly LocalPods _locals;
    private readonly PodChanges _pods;
    private readonly PolicyTable _policies;
    private readonly ContestedAddresses _contested;
    private PolicySnapshot? _snapshot;

    /// <param name="mode">How isolation is decided (SEMANTICS a12).</param>
    /// <param name="nodeName">spec.nodeName of the local pods; null makes every pod local.</param>
    public IncrementalResolver(IsolationMode mode, string? nodeName)
    {
        _mode = mode;
        _selections = new SelectionTable(_cluster);
        _directions = new DirectionTable(mode, _selections, _pool);
        _locals = new LocalPods(nodeName, _cluster, _directions, _pool, _endpoints);
        _pods = new PodChanges(_cluster, _selections, _locals);
        _policies = new PolicyTable(mode, _cluster, _locals, _warnings);
        _contested = new ContestedAddresses(_cluster, _locals, _pool, _endpoints, _warnings);
    }

    /// <summary>
    /// Takes in changes and marks what depends on them. Objects that are put as they are, and removals of unknown ones,
    /// change nothing.
    /// </summary>
    public void Apply(ClusterChanges changes)
    {
        ArgumentNullException.ThrowIfNull(changes);
        foreach ((string name, Namespace? ns) in changes.Namespaces)
        {
            Apply(name, ns);
        }

        foreach ((string uid, Pod? pod) in changes.Pods)
        {
            Apply(uid, pod);
        }

        foreach (((PolicyApi Api, string Uid) key, NetworkPolicy? policy) in changes.Policies)
        {
            _policies.Set(key, policy);
        }
    }

    /// <summary>
    /// The effective policy of every live local pod. Endpoints that did not change are the instances of the snapshot
    /// before, equal sets are one instance; where nothing changed at all the result is the snapshot before.
    /// </summary>
    public PolicySnapshot Resolve()
    {
        _pods.Settle();
        foreach (LocalPod local in _cluster.Nodes.Changed.SelectMany(n => n.Locals))
        {
            _locals.MarkExemptPeers(local);
        }

        _selections.Flush(_directions.MarkDirty);
        _locals.RefreshSubjects();
        _directions.Refresh(_locals.Queue);
        _locals.RefreshEndpoints();
        _contested.Refresh(_cluster.Nodes.Changed.Count > 0);
        _cluster.Nodes.Changed.Clear();
        _directions.ForgetUnused();
        _cluster.ForgetUnused();
        _pool.EndBatch();

        bool changed = _endpoints.Flush() | _warnings.Flush();
        if (changed || _snapshot is null)
        {
            _snapshot = new PolicySnapshot((_snapshot?.Generation ?? 0) + 1, _endpoints.Items, _warnings.Items);
        }

        return _snapshot;
    }

    /// <summary>All objects as last applied, in no particular order.</summary>
    public ClusterState ToState() => new(
        [.. _cluster.Spaces.Select(s => s.Object).OfType<Namespace>()],
        [.. _cluster.Pods.Values.Select(p => p.Pod).OfType<Pod>()],
        [.. _policies.Policies]);

    /// <summary>What the resolver holds besides objects; that of a new one once all objects are removed.</summary>
    internal (int Spaces, int Nodes, int Addresses, int Selections, int Directions, int PolicySets, int PeerSets) Holdings => (
        _cluster.Spaces.Count,
        _cluster.Nodes.Count,
        _cluster.Claims.Count,
        _selections.Count,
        _directions.Count,
        _pool.PolicySetCount,
        _pool.PeerSetCount);

    private void Apply(string name, Namespace? ns)
    {
        SpaceEntry? space = _cluster.FindSpace(name);
        Namespace? before = space?.Object;
        if (ns is null ? before is null : before is not null && SameContent.Of(before, ns))
        {
            return;
        }

        space ??= _cluster.Space(name);
        bool isolated = space.IsAnnotatedIsolated;
        _cluster.Set(space, ns);
        if (isolated != space.IsAnnotatedIsolated)
        {
            foreach (LocalPod local in space.Locals)
            {
                _locals.MarkSubjects(local);
            }
        }

        if (before is not null && PolicyWarnings.Of(before, _mode) is { } gone)
        {
            _warnings.Remove(gone);
        }

        if (ns is not null && PolicyWarnings.Of(ns, _mode) is { } warning)
        {
            _warnings.Add(warning);
        }
    }

    private void Apply(string uid, Pod? pod)
    {
        PodEntry? entry = _cluster.Pods.GetValueOrDefault(uid);
        Pod? before = entry?.Pod;
        if (pod is null ? before is null : before is not null && SameContent.Of(before, pod))
        {
            return;
        }

        if (entry is null)
        {
            _cluster.Pods.Add(uid, entry = new PodEntry(uid));
        }

        _cluster.Set(entry, pod);
    }
}
