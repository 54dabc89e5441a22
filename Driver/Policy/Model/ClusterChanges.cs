namespace NetPolNic.Policy.Model;

/// <summary>
/// Objects that were put or removed: of each the last word counts, so that a storm about one object is one change.
/// A pod is named by its UID (SEMANTICS b17), a policy by its API version and UID, a namespace by its name. Not safe for
/// concurrent use.
/// </summary>
public sealed class ClusterChanges
{
    private readonly Dictionary<string, Namespace?> _namespaces = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Pod?> _pods = new(StringComparer.Ordinal);
    private readonly Dictionary<(PolicyApi Api, string Uid), NetworkPolicy?> _policies = [];

    /// <summary>Namespaces by name; null: removed.</summary>
    public IReadOnlyDictionary<string, Namespace?> Namespaces => _namespaces;

    /// <summary>Pods by UID; null: removed.</summary>
    public IReadOnlyDictionary<string, Pod?> Pods => _pods;

    /// <summary>Policies by API version and UID; null: removed.</summary>
    public IReadOnlyDictionary<(PolicyApi Api, string Uid), NetworkPolicy?> Policies => _policies;

    /// <summary>Objects that changed.</summary>
    public int Count => _namespaces.Count + _pods.Count + _policies.Count;

    /// <summary>The changes that make an empty cluster into <paramref name="state"/>; of equal names the later counts.</summary>
    public static ClusterChanges Of(ClusterState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        ClusterChanges changes = new();
        foreach (Namespace ns in state.Namespaces)
        {
            changes.Put(ns);
        }

        foreach (Pod pod in state.Pods)
        {
            changes.Put(pod);
        }

        foreach (NetworkPolicy policy in state.Policies)
        {
            changes.Put(policy);
        }

        return changes;
    }

    public void Put(Namespace ns)
    {
        ArgumentNullException.ThrowIfNull(ns);
        _namespaces[ns.Name] = ns;
    }

    public void Put(Pod pod)
    {
        ArgumentNullException.ThrowIfNull(pod);
        _pods[pod.Uid] = pod;
    }

    public void Put(NetworkPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        _policies[(policy.Api, policy.Uid)] = policy;
    }

    public void RemoveNamespace(string name) => _namespaces[name] = null;

    public void RemovePod(string uid) => _pods[uid] = null;

    public void RemovePolicy(PolicyApi api, string uid) => _policies[(api, uid)] = null;
}
