using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve.Incremental;

/// <summary>The live selections: one for equal selectors in the same scope, kept while active rules use it.</summary>
internal sealed class SelectionTable(LiveCluster cluster)
{
    private readonly Dictionary<SelectionScope, Dictionary<LabelSelector, PodSelection>> _pods = [];
    private readonly Dictionary<LabelSelector, NamespaceGroup> _groups = new(SelectorMatching.Comparer);
    private readonly Dictionary<SelectionScope, NamespaceGroup> _groupOf = [];
    private readonly Dictionary<PeerSet, FixedSelection> _fixed = [];
    private readonly List<LiveSelection> _dirty = [];
    private readonly List<LiveSelection> _found = [];

    /// <summary>Live selections and groups of namespaces.</summary>
    public int Count => _pods.Values.Sum(bySelector => bySelector.Count) + _fixed.Count + _groups.Count;

    /// <summary>The selection of a peer without defect, for rules of a policy in <paramref name="home"/>.</summary>
    public LiveSelection Acquire(PeerMatch peer, SpaceEntry home, ActiveRules user)
    {
        if (peer.IpBlock is { } block)
        {
            return AcquireFixed(PeerSet.Of([block.Cidr], block.Except), user); // S-b7
        }

        SelectionScope scope = peer.NamespaceSelector is { } spaces ? Group(spaces).Scope : home.Scope; // S-b5
        LabelSelector selector = peer.PodSelector ?? LabelSelector.Everything;
        if (!_pods.TryGetValue(scope, out Dictionary<LabelSelector, PodSelection>? bySelector))
        {
            _pods.Add(scope, bySelector = new Dictionary<LabelSelector, PodSelection>(SelectorMatching.Comparer));
        }

        if (!bySelector.TryGetValue(selector, out PodSelection? selection))
        {
            PeerSet set = PeerSet.OfAddresses(cluster.Select(scope, selector).SelectMany(p => p.Addresses));
            bySelector.Add(selector, selection = new PodSelection(scope, selector, set, cluster));
            scope.Selections.Add(selector, selection);
        }

        selection.Users.Add(user);
        return selection;
    }

    /// <summary>The selection of fixed addresses.</summary>
    public LiveSelection AcquireFixed(PeerSet set, ActiveRules user)
    {
        if (!_fixed.TryGetValue(set, out FixedSelection? selection))
        {
            _fixed.Add(set, selection = new FixedSelection(set, cluster));
        }

        selection.Users.Add(user);
        return selection;
    }

    /// <summary>Rules do without a selection from now on.</summary>
    public void Release(LiveSelection selection, ActiveRules user)
    {
        if (!selection.Users.Remove(user) || selection.Users.Count > 0)
        {
            return;
        }

        if (selection is FixedSelection fixedSelection)
        {
            _fixed.Remove(selection.Set);
            cluster.PodListeners.Remove(fixedSelection);
        }
        else if (selection is PodSelection pods)
        {
            Forget(pods);
        }
    }

    /// <summary>A pod is counted, with these addresses, wherever it matches.</summary>
    public void Enter(SpaceEntry space, Pod pod, ImmutableArray<IpAddr> addresses)
    {
        Find(space, pod);
        foreach (LiveSelection selection in _found)
        {
            selection.Enter(pod, addresses);
            MarkDirty(selection);
        }
    }

    /// <summary>A pod is no longer counted; everything as it entered.</summary>
    public void Leave(SpaceEntry space, Pod pod, ImmutableArray<IpAddr> addresses)
    {
        Find(space, pod);
        foreach (LiveSelection selection in _found)
        {
            selection.Leave(pod, addresses);
            MarkDirty(selection);
        }
    }

    /// <summary>A namespace is new or has other labels: its counted pods enter and leave the selections of groups.</summary>
    public void Regroup(SpaceEntry space)
    {
        foreach (NamespaceGroup group in _groups.Values)
        {
            bool member = SelectorMatching.Matches(group.Selector, space.Labels);
            if (group.Set(space, member))
            {
                foreach (PodEntry entry in space.Pods.Where(p => p.Counted is not null))
                {
                    Move(group, entry, member);
                }
            }
        }
    }

    /// <summary>Applies what entered and left, and tells whose selections that changed.</summary>
    public void Flush(Action<ActiveRules> changed)
    {
        foreach (LiveSelection selection in _dirty)
        {
            if (selection.Flush())
            {
                foreach (ActiveRules user in selection.Users)
                {
                    changed(user);
                }
            }
        }

        _dirty.Clear();
    }

    private void Find(SpaceEntry space, Pod pod)
    {
        _found.Clear();
        if (space.HasSelections)
        {
            space.Scope.Selections.Find(pod.Labels, _found);
        }

        if (space.HasGroups)
        {
            foreach (NamespaceGroup group in space.Groups)
            {
                group.Scope.Selections.Find(pod.Labels, _found);
            }
        }

        _found.AddRange(cluster.PodListeners);
    }

    private void Move(NamespaceGroup group, PodEntry entry, bool enters)
    {
        _found.Clear();
        group.Scope.Selections.Find(entry.Counted!.Labels, _found);
        foreach (LiveSelection selection in _found)
        {
            if (enters)
            {
                selection.Enter(entry.Counted, entry.CountedAddresses);
            }
            else
            {
                selection.Leave(entry.Counted, entry.CountedAddresses);
            }

            MarkDirty(selection);
        }
    }

    private void MarkDirty(LiveSelection selection)
    {
        if (!selection.IsDirty)
        {
            selection.IsDirty = true;
            _dirty.Add(selection);
        }
    }

    private NamespaceGroup Group(LabelSelector spaces)
    {
        if (!_groups.TryGetValue(spaces, out NamespaceGroup? group))
        {
            _groups.Add(spaces, group = new NamespaceGroup(spaces, cluster.SelectSpaces(spaces)));
            _groupOf.Add(group.Scope, group);
        }

        return group;
    }

    private void Forget(PodSelection selection)
    {
        SelectionScope scope = selection.Scope;
        scope.Selections.Remove(selection.Selector, selection);
        _pods[scope].Remove(selection.Selector);
        if (_pods[scope].Count > 0)
        {
            return;
        }

        _pods.Remove(scope);
        if (_groupOf.Remove(scope, out NamespaceGroup? group))
        {
            _groups.Remove(group.Selector);
            group.Dissolve();
        }
    }
}
