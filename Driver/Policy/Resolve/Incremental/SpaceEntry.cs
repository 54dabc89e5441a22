using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve.Incremental;

/// <summary>A namespace, or an empty one that a pod or a policy names (S-d3), with what is in it.</summary>
internal sealed class SpaceEntry
{
    private List<NamespaceGroup>? _groups;
    private SelectionScope? _scope;
    private SelectorIndex<PolicyEntry>? _subjects;

    public SpaceEntry(string name)
    {
        Name = name;
        Object = null;
        Labels = ImmutableSortedDictionary<string, string>.Empty.Add(NamespaceEntry.NameLabel, name);
    }

    public string Name { get; }

    /// <summary>The object, or null where only others name it.</summary>
    public Namespace? Object { get; private set; }

    /// <summary>Labels with the implied one.</summary>
    public ImmutableSortedDictionary<string, string> Labels { get; private set; }

    /// <summary>The annotation asks for DefaultDeny (S-a1).</summary>
    public bool IsAnnotatedIsolated { get; private set; }

    /// <summary>Live pods.</summary>
    public List<PodEntry> Pods { get; } = [];

    public List<PolicyEntry> Policies { get; } = [];

    /// <summary>Local pods with an endpoint of their own.</summary>
    public HashSet<LocalPod> Locals { get; } = [];

    /// <summary>The groups that the namespace is in.</summary>
    public List<NamespaceGroup> Groups => _groups ??= [];

    public bool HasGroups => _groups is { Count: > 0 };

    /// <summary>The namespace as a scope of pod selectors.</summary>
    public SelectionScope Scope => _scope ??= new SelectionScope([this], space => ReferenceEquals(space, this));

    public bool HasSelections => _scope is { Selections.Count: > 0 };

    /// <summary>The policies by what they select; made on first use, which is when the namespace has a local pod.</summary>
    public SelectorIndex<PolicyEntry> Subjects
    {
        get
        {
            if (_subjects is null)
            {
                _subjects = new SelectorIndex<PolicyEntry>();
                Policies.ForEach(policy => _subjects.Add(policy.Policy.PodSelector, policy));
            }

            return _subjects;
        }
    }

    /// <summary>Nothing is left that says the namespace exists.</summary>
    public bool IsUnused => Object is null && Pods.Count == 0 && Policies.Count == 0 && !HasSelections;

    public void Set(Namespace? ns)
    {
        Object = ns;
        Labels = (ns?.Labels ?? ImmutableSortedDictionary<string, string>.Empty).SetItem(NamespaceEntry.NameLabel, Name);
        IsAnnotatedIsolated = ns?.IsolationAnnotation is { } value && IsolationAnnotation.Isolates(value);
    }

    public void Add(PolicyEntry policy)
    {
        policy.SpaceIndex = Policies.Count;
        Policies.Add(policy);
        _subjects?.Add(policy.Policy.PodSelector, policy);
    }

    public void Remove(PolicyEntry policy)
    {
        Policies[policy.SpaceIndex] = Policies[^1];
        Policies[policy.SpaceIndex].SpaceIndex = policy.SpaceIndex;
        Policies.RemoveAt(Policies.Count - 1);
        _subjects?.Remove(policy.Policy.PodSelector, policy);
    }

    public void Add(PodEntry pod)
    {
        pod.SpaceIndex = Pods.Count;
        Pods.Add(pod);
    }

    public void Remove(PodEntry pod)
    {
        Pods[pod.SpaceIndex] = Pods[^1];
        Pods[pod.SpaceIndex].SpaceIndex = pod.SpaceIndex;
        Pods.RemoveAt(Pods.Count - 1);
    }
}
