namespace NetPolNic.Policy.Resolve.Incremental;

/// <summary>The shared sets of a resolver's snapshot: equal sets are the same object.</summary>
internal sealed class SetPool
{
    private readonly SharedSets<PeerSet> _peers = new();
    private readonly SharedSets<PortSet> _ports = new();
    private readonly SharedSets<PolicySet> _policies = new();
    private readonly List<PeerSet> _releasedPeers = [];
    private readonly List<PolicySet> _releasedPolicies = [];

    public SetPool()
    {
        // The well-known instances stand for themselves.
        _ = Acquire(PeerSet.Everything);
        _ = Acquire(PeerSet.Empty);
        _ = Acquire(PortSet.AllTraffic);
    }

    /// <summary>Distinct policy sets that are held, besides the well-known ones.</summary>
    public int PolicySetCount => _policies.Count;

    /// <summary>Distinct peer sets that are held.</summary>
    public int PeerSetCount => _peers.Count;

    public PeerSet Acquire(PeerSet set)
    {
        _peers.Acquire(ref set);
        return set;
    }

    /// <summary>
    /// Lets go at the end of the batch, so that a set that one endpoint gives up and another takes on stays the instance.
    /// </summary>
    public void Release(PeerSet set) => _releasedPeers.Add(set);

    /// <summary>The policy set of canonical rules; held until it is released as often.</summary>
    public PolicySet Acquire(IEnumerable<AllowRule> rules)
    {
        PolicySet set = PolicySet.OfCanonical([.. rules]);
        if (IsWellKnown(set) || _policies.TryAcquire(ref set))
        {
            return set;
        }

        set = PolicySet.OfCanonical([.. set.Rules.Select(r => new AllowRule(Acquire(r.Peers), Acquire(r.Ports)))]);
        _policies.Acquire(ref set);
        return set;
    }

    /// <inheritdoc cref="Release(PeerSet)"/>
    public void Release(PolicySet set) => _releasedPolicies.Add(set);

    /// <summary>Ends a batch: forgets what nobody holds any more.</summary>
    public void EndBatch()
    {
        foreach (PolicySet set in _releasedPolicies.Where(s => !IsWellKnown(s) && _policies.Release(s)))
        {
            foreach (AllowRule rule in set.Rules)
            {
                _peers.Release(rule.Peers);
                _ports.Release(rule.Ports);
            }
        }

        _releasedPeers.ForEach(set => _peers.Release(set));
        _releasedPolicies.Clear();
        _releasedPeers.Clear();
    }

    private static bool IsWellKnown(PolicySet set) =>
        ReferenceEquals(set, PolicySet.Open) || ReferenceEquals(set, PolicySet.Closed);

    private PortSet Acquire(PortSet set)
    {
        _ports.Acquire(ref set);
        return set;
    }
}
