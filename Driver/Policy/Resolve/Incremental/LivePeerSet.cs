using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve.Incremental;

/// <summary>A peer set that addresses enter and leave; a batch of such changes is applied in one splice.</summary>
internal sealed class LivePeerSet(PeerSet set)
{
    private readonly List<IpAddr> _added = [];
    private readonly List<IpAddr> _removed = [];

    /// <summary>The set as of the last <see cref="Flush"/>.</summary>
    public PeerSet Set { get; private set; } = set;

    /// <summary>An address enters; one that left in the same batch stays.</summary>
    public void Add(IpAddr addr) => _added.Add(addr);

    /// <summary>An address leaves; it is in the set.</summary>
    public void Remove(IpAddr addr) => _removed.Add(addr);

    /// <summary>Applies what came in since the last flush; false where that changes nothing.</summary>
    public bool Flush()
    {
        bool same = _added.Count == _removed.Count && _added.SequenceEqual(_removed);
        PeerSet before = Set;
        if (!same)
        {
            List<AddrInterval> added = AddrIntervals.OfAddresses(_added);
            List<AddrInterval> removed = AddrIntervals.OfAddresses(_removed);
            List<AddrInterval> kept = AddrIntervals.Intersect(added, removed);
            if (kept.Count > 0)
            {
                added = AddrIntervals.Except(added, kept);
                removed = AddrIntervals.Except(removed, kept);
            }

            Set = added.Count + removed.Count == 0 ? before : before.Splice(added, removed);
        }

        _added.Clear();
        _removed.Clear();
        return !ReferenceEquals(Set, before);
    }
}
