using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve;

/// <summary>A namespace of the state, or an empty one that a pod or a policy names (S-d3).</summary>
internal sealed class NamespaceEntry
{
    /// <summary>The label that every namespace carries with its own name as value (S-b10).</summary>
    public const string NameLabel = "kubernetes.io/metadata.name";

    private readonly List<LivePod> _pods = [];
    private readonly List<NetworkPolicy> _policies = [];
    private PodLabelIndex? _podIndex;
    private SelectorIndex<NetworkPolicy>? _subjects;

    public NamespaceEntry(Namespace ns)
    {
        Name = ns.Name;
        Labels = ns.Labels.SetItem(NameLabel, ns.Name);
        IsAnnotatedIsolated = ns.IsolationAnnotation is { } value && IsolationAnnotation.Isolates(value);
    }

    public string Name { get; }

    /// <summary>Labels with the implied one, which wins over what the object says.</summary>
    public ImmutableSortedDictionary<string, string> Labels { get; }

    /// <summary>The annotation asks for DefaultDeny (S-a1).</summary>
    public bool IsAnnotatedIsolated { get; }

    public IReadOnlyList<LivePod> Pods => _pods;

    /// <summary>Label index of <see cref="Pods"/>, made on first use.</summary>
    public PodLabelIndex PodIndex => _podIndex ??= new PodLabelIndex(_pods);

    /// <summary>The policies of this namespace by what they select, made on first use.</summary>
    public SelectorIndex<NetworkPolicy> Subjects
    {
        get
        {
            if (_subjects is null)
            {
                _subjects = new SelectorIndex<NetworkPolicy>();
                foreach (NetworkPolicy policy in _policies)
                {
                    _subjects.Add(policy.PodSelector, policy);
                }
            }

            return _subjects;
        }
    }

    public void Add(LivePod pod) => _pods.Add(pod);

    public void Add(NetworkPolicy policy) => _policies.Add(policy);
}
