using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve;

/// <summary>Turns peers of rules into addresses; equal selectors in the same scope are resolved once.</summary>
internal sealed class PeerResolver : IPeerSource
{
    private readonly ClusterIndex _index;
    private readonly Interner<PeerSet> _sets;
    private readonly Dictionary<string, Dictionary<LabelSelector, PeerSelection>> _inNamespace = [];
    private readonly Dictionary<LabelSelector, Dictionary<LabelSelector, PeerSelection>> _inNamespaces =
        new(SelectorMatching.Comparer);

    private readonly Dictionary<LabelSelector, HashSet<NamespaceEntry>> _namespaces = new(SelectorMatching.Comparer);

    public PeerResolver(ClusterIndex index, Interner<PeerSet> sets)
    {
        _index = index;
        _sets = sets;
        Everything = new PeerSelection(PeerSet.Everything, () => AddressesOf(index.Pods));
    }

    /// <inheritdoc/>
    public IPeerSelection Everything { get; }

    /// <inheritdoc/>
    public IPeerSelection Resolve(PeerMatch peer, string policyNamespace)
    {
        if (peer.IpBlock is not null)
        {
            return Block(peer.IpBlock);
        }

        LabelSelector pods = peer.PodSelector ?? LabelSelector.Everything;
        if (peer.NamespaceSelector is null)
        {
            return Memoised(_inNamespace, policyNamespace, pods, () => InNamespace(policyNamespace, pods));
        }

        LabelSelector spaces = peer.NamespaceSelector;
        return Memoised(_inNamespaces, spaces, pods, () => InNamespaces(spaces, pods));
    }

    private static PeerSelection Memoised<TScope>(
        Dictionary<TScope, Dictionary<LabelSelector, PeerSelection>> memo,
        TScope scope,
        LabelSelector pods,
        Func<PeerSelection> resolve)
        where TScope : notnull
    {
        if (!memo.TryGetValue(scope, out Dictionary<LabelSelector, PeerSelection>? bySelector))
        {
            memo.Add(scope, bySelector = new Dictionary<LabelSelector, PeerSelection>(SelectorMatching.Comparer));
        }

        if (!bySelector.TryGetValue(pods, out PeerSelection? selection))
        {
            bySelector.Add(pods, selection = resolve());
        }

        return selection;
    }

    private static IEnumerable<PodAddress> AddressesOf(IEnumerable<LivePod> pods) =>
        pods.SelectMany(p => p.Addresses, (p, addr) => new PodAddress(addr, p.Pod));

    /// <summary>
    /// S-b7: one family, host bits masked, exceptions cut out; pod addresses are matched like any other.
    /// </summary>
    private PeerSelection Block(IpBlock block)
    {
        PeerSet set = _sets.Intern(PeerSet.Of([block.Cidr], block.Except));
        return new PeerSelection(set, () => AddressesOf(_index.Pods).Where(p => set.Contains(p.Addr)));
    }

    private PeerSelection InNamespace(string name, LabelSelector pods)
    {
        NamespaceEntry space = _index.Find(name);
        return Select(space.PodIndex.Candidates(pods).Where(p => SelectorMatching.Matches(pods, p.Pod.Labels)));
    }

    private PeerSelection InNamespaces(LabelSelector spaces, LabelSelector pods)
    {
        if (!_namespaces.TryGetValue(spaces, out HashSet<NamespaceEntry>? selected))
        {
            selected = [.. _index.Namespaces.Where(n => SelectorMatching.Matches(spaces, n.Labels))];
            _namespaces.Add(spaces, selected);
        }

        IReadOnlyList<LivePod> everywhere = _index.PodIndex.Candidates(pods);
        IEnumerable<LivePod> candidates = selected.Sum(n => n.Pods.Count) < everywhere.Count
            ? selected.SelectMany(n => n.Pods)
            : everywhere.Where(p => selected.Contains(p.Space));
        return Select(candidates.Where(p => SelectorMatching.Matches(pods, p.Pod.Labels)));
    }

    private PeerSelection Select(IEnumerable<LivePod> matching)
    {
        List<LivePod> pods = [.. matching];
        PeerSet set = _sets.Intern(PeerSet.OfAddresses(pods.SelectMany(p => p.Addresses)));
        return new PeerSelection(set, () => AddressesOf(pods));
    }
}
