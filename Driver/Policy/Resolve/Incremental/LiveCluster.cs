using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve.Incremental;

/// <summary>All objects of the cluster, arranged for look-ups and kept up to date object by object.</summary>
internal sealed class LiveCluster
{
    private readonly Dictionary<string, SpaceEntry> _spaces = new(StringComparer.Ordinal);
    private readonly LabelIndex<SpaceEntry> _spaceLabels = new();
    private readonly LabelIndex<PodEntry> _podLabels = new();
    private readonly List<SpaceEntry> _perhapsUnused = [];

    public LiveCluster() => Claims = new AddressClaims(Touch);

    public AddressClaims Claims { get; }

    public NodeTable Nodes { get; } = new();

    /// <summary>All pods by UID; a removed one stays until it is settled, for it may come back in the same batch.</summary>
    public Dictionary<string, PodEntry> Pods { get; } = new(StringComparer.Ordinal);

    /// <summary>Namespaces that exist or are named.</summary>
    public IReadOnlyCollection<SpaceEntry> Spaces => _spaces.Values;

    /// <summary>Pods with a network of their own and an address.</summary>
    public IEnumerable<PodEntry> LivePods => _spaces.Values.SelectMany(s => s.Pods);

    /// <summary>Pods that changed, or whose addresses may have; the reader clears it.</summary>
    public List<PodEntry> Touched { get; } = [];

    /// <summary>Namespaces that are new or whose labels changed; the reader clears it.</summary>
    public List<SpaceEntry> Relabelled { get; } = [];

    /// <summary>Selections that hear of every pod.</summary>
    public HashSet<FixedSelection> PodListeners { get; } = [];

    /// <summary>A namespace, made if nothing named it before.</summary>
    public SpaceEntry Space(string name)
    {
        if (!_spaces.TryGetValue(name, out SpaceEntry? space))
        {
            _spaces.Add(name, space = new SpaceEntry(name));
            _spaceLabels.Add(space, space.Labels);
            Relabelled.Add(space);
        }

        return space;
    }

    /// <summary>The namespace as it was made by an object or by name, or null.</summary>
    public SpaceEntry? FindSpace(string name) => _spaces.GetValueOrDefault(name);

    /// <summary>Puts or removes a namespace object.</summary>
    public void Set(SpaceEntry space, Namespace? ns)
    {
        ImmutableSortedDictionary<string, string> before = space.Labels;
        space.Set(ns);
        if (!SameContent.Of(before, space.Labels))
        {
            _spaceLabels.Remove(space, before);
            _spaceLabels.Add(space, space.Labels);
            Relabelled.Add(space);
        }

        NoteLeft(space);
    }

    /// <summary>Puts or removes the object of a pod.</summary>
    public void Set(PodEntry entry, Pod? pod)
    {
        Pod? before = entry.Pod;
        entry.Pod = pod;
        Nodes.Replace(before, pod);
        ImmutableArray<IpAddr> claimed = PodEntry.ClaimsOf(before);
        ImmutableArray<IpAddr> claims = PodEntry.ClaimsOf(pod);
        SetClaims(entry, claimed, claims);
        SetSpace(entry, pod is not null && !claims.IsEmpty ? Space(pod.Namespace) : null, before);
        if (pod is not null)
        {
            Claims.NoteChange(pod);
        }

        Touch(entry);
    }

    /// <summary>The pods of a scope that a selector matches.</summary>
    public IEnumerable<PodEntry> Select(SelectionScope scope, LabelSelector selector)
    {
        (IEnumerable<PodEntry> Items, int Count)? named = _podLabels.Candidates(selector);
        IEnumerable<PodEntry> candidates = named is null || scope.Spaces.Sum(s => s.Pods.Count) <= named.Value.Count
            ? scope.Spaces.SelectMany(s => s.Pods)
            : named.Value.Items.Where(p => scope.Contains(p.Space!));
        return candidates.Where(p => SelectorMatching.Matches(selector, p.Pod!.Labels));
    }

    /// <summary>The namespaces that a selector matches.</summary>
    public IEnumerable<SpaceEntry> SelectSpaces(LabelSelector selector) =>
        (_spaceLabels.Candidates(selector)?.Items ?? Spaces).Where(s => SelectorMatching.Matches(selector, s.Labels));

    /// <summary>Something left the namespace.</summary>
    public void NoteLeft(SpaceEntry space) => _perhapsUnused.Add(space);

    /// <summary>Forgets namespaces that nothing names any more.</summary>
    public void ForgetUnused()
    {
        foreach (SpaceEntry space in _perhapsUnused.Where(s => s.IsUnused && FindSpace(s.Name) == s))
        {
            _spaces.Remove(space.Name);
            _spaceLabels.Remove(space, space.Labels);
            space.Groups.ToList().ForEach(group => group.Set(space, member: false));
        }

        _perhapsUnused.Clear();
    }

    private void SetClaims(PodEntry entry, ImmutableArray<IpAddr> before, ImmutableArray<IpAddr> after)
    {
        if (before.AsSpan().SequenceEqual(after.AsSpan()))
        {
            return;
        }

        foreach (IpAddr addr in before.Except(after))
        {
            Claims.Remove(addr, entry);
        }

        foreach (IpAddr addr in after.Except(before))
        {
            Claims.Add(addr, entry);
        }
    }

    private void SetSpace(PodEntry entry, SpaceEntry? space, Pod? before)
    {
        SpaceEntry? left = entry.Space;
        if (left is not null && space is not null && SameContent.Of(before!.Labels, entry.Pod!.Labels) && left == space)
        {
            return;
        }

        if (left is not null)
        {
            _podLabels.Remove(entry, before!.Labels);
        }

        if (left != space)
        {
            left?.Remove(entry);
            space?.Add(entry);
            entry.Space = space;
        }

        if (space is not null)
        {
            _podLabels.Add(entry, entry.Pod!.Labels);
        }

        if (left is not null && left != space)
        {
            NoteLeft(left);
        }
    }

    private void Touch(PodEntry entry)
    {
        if (!entry.IsTouched)
        {
            entry.IsTouched = true;
            Touched.Add(entry);
        }
    }
}
