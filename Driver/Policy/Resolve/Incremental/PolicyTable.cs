using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve.Incremental;

/// <summary>All policies, by API version and UID.</summary>
internal sealed class PolicyTable(IsolationMode mode, LiveCluster cluster, LocalPods locals, WarningTable warnings)
{
    private readonly Dictionary<(PolicyApi Api, string Uid), PolicyEntry> _policies = [];
    private long _numbers;

    public IEnumerable<NetworkPolicy> Policies => _policies.Values.Select(p => p.Policy);

    /// <summary>Puts or removes a policy, and marks the local pods that it selects or selected.</summary>
    public void Set((PolicyApi Api, string Uid) key, NetworkPolicy? policy)
    {
        PolicyEntry? before = _policies.GetValueOrDefault(key);
        if (before is not null && policy is not null && SameContent.Of(before.Policy, policy))
        {
            return;
        }

        if (before is not null)
        {
            _policies.Remove(key);
            before.Space.Remove(before);
            cluster.NoteLeft(before.Space);
            MarkSelected(before);
            foreach (PolicyWarning warning in PolicyWarnings.Of(before.Policy, mode))
            {
                warnings.Remove(warning);
            }
        }

        if (policy is not null)
        {
            PolicyEntry after = new(policy, cluster.Space(policy.Namespace), _numbers++);
            _policies.Add(key, after);
            after.Space.Add(after);
            MarkSelected(after);
            foreach (PolicyWarning warning in PolicyWarnings.Of(policy, mode))
            {
                warnings.Add(warning);
            }
        }
    }

    private void MarkSelected(PolicyEntry policy)
    {
        foreach (LocalPod local in policy.Space.Locals)
        {
            // A pod that was removed in this batch stays in the list until it is settled.
            if (local.Entry.Pod is { } pod && SelectorMatching.Matches(policy.Policy.PodSelector, pod.Labels))
            {
                locals.MarkSubjects(local);
            }
        }
    }
}
