using NetPolNic.Policy.Model;

namespace NetPolNic.Cluster.Sources;

/// <summary>What makes one state into another.</summary>
internal sealed class StateDifference
{
    private readonly List<Action<ClusterChanges>> _steps = [];

    private StateDifference()
    {
    }

    /// <summary>Objects that differ.</summary>
    public int Count => _steps.Count;

    /// <summary>The difference; of equal identities within a state the later counts.</summary>
    public static StateDifference Between(ClusterState before, ClusterState after)
    {
        StateDifference difference = new();
        difference.Add(
            before.Namespaces, after.Namespaces, ns => ns.Name, ObjectEquality.Same,
            (changes, ns) => changes.Put(ns), (changes, ns) => changes.RemoveNamespace(ns.Name));
        difference.Add(
            before.Pods, after.Pods, pod => pod.Uid, ObjectEquality.Same,
            (changes, pod) => changes.Put(pod), (changes, pod) => changes.RemovePod(pod.Uid));
        difference.Add(
            before.Policies, after.Policies, policy => (policy.Api, policy.Uid), ObjectEquality.Same,
            (changes, policy) => changes.Put(policy), (changes, policy) => changes.RemovePolicy(policy.Api, policy.Uid));
        return difference;
    }

    /// <summary>Writes the difference.</summary>
    public void WriteTo(ClusterChanges changes) => _steps.ForEach(step => step(changes));

    private void Add<T, TKey>(
        IEnumerable<T> before,
        IEnumerable<T> after,
        Func<T, TKey> identify,
        Func<T, T, bool> isSame,
        Action<ClusterChanges, T> put,
        Action<ClusterChanges, T> remove)
        where TKey : notnull
    {
        Dictionary<TKey, T> old = [];
        foreach (T item in before)
        {
            old[identify(item)] = item;
        }

        Dictionary<TKey, T> current = [];
        foreach (T item in after)
        {
            current[identify(item)] = item;
        }

        foreach ((TKey key, T item) in current)
        {
            if (!old.Remove(key, out T? known) || !isSame(known, item))
            {
                _steps.Add(changes => put(changes, item));
            }
        }

        foreach (T item in old.Values)
        {
            _steps.Add(changes => remove(changes, item));
        }
    }
}
