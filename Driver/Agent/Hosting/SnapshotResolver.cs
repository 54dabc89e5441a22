using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Agent.Hosting;

/// <summary>Resolves all objects anew whenever one of them has changed.</summary>
internal sealed class SnapshotResolver(IsolationMode mode, string? nodeName) : ISnapshotResolver
{
    private readonly PolicyResolver _resolver = new(mode);
    private readonly Dictionary<string, Namespace> _namespaces = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Pod> _pods = new(StringComparer.Ordinal);
    private readonly Dictionary<(PolicyApi Api, string Uid), NetworkPolicy> _policies = [];
    private PolicySnapshot? _last;
    private long _generation;

    public void Apply(ClusterChanges changes)
    {
        Merge(_namespaces, changes.Namespaces);
        Merge(_pods, changes.Pods);
        Merge(_policies, changes.Policies);
    }

    public PolicySnapshot Resolve()
    {
        PolicySnapshot snapshot = _resolver.Resolve(ToState(), nodeName);
        if (_last is null || !snapshot.SaysTheSameAs(_last))
        {
            _last = snapshot with { Generation = ++_generation };
        }

        return _last;
    }

    public ClusterState ToState() => new([.. _namespaces.Values], [.. _pods.Values], [.. _policies.Values]);

    private static void Merge<TKey, TValue>(Dictionary<TKey, TValue> objects, IReadOnlyDictionary<TKey, TValue?> changes)
        where TKey : notnull
        where TValue : class
    {
        foreach ((TKey key, TValue? value) in changes)
        {
            if (value is null)
            {
                objects.Remove(key);
            }
            else
            {
                objects[key] = value;
            }
        }
    }
}
