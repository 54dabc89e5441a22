using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve.Incremental;

/// <summary>The peers of a selection by the numbers that one named port has on them (S-b9).</summary>
internal sealed class NamedPortPeers(string name, L4Proto proto)
{
    private readonly Dictionary<PortSet, LivePeerSet> _byNumbers = [];
    private readonly HashSet<PortSet> _dirty = [];

    /// <summary>One rule per distinct set of numbers, as of the last <see cref="Flush"/>.</summary>
    public IEnumerable<AllowRule> Rules => _byNumbers.Select(entry => new AllowRule(entry.Value.Set, entry.Key));

    public void Add(Pod pod, IpAddr addr) => Group(pod)?.Add(addr);

    public void Remove(Pod pod, IpAddr addr) => Group(pod)?.Remove(addr);

    /// <summary>Applies what came in since the last flush; false where that changes nothing.</summary>
    public bool Flush()
    {
        bool changed = false;
        foreach (PortSet numbers in _dirty)
        {
            LivePeerSet peers = _byNumbers[numbers];
            changed |= peers.Flush();
            if (peers.Set.IsEmpty)
            {
                _byNumbers.Remove(numbers);
            }
        }

        _dirty.Clear();
        return changed;
    }

    private LivePeerSet? Group(Pod pod)
    {
        PortSet numbers = pod.Ports.IsEmpty ? PortSet.Empty : NamedPortResolver.OfPod(pod, name, proto);
        if (numbers.IsEmpty)
        {
            return null;
        }

        if (!_byNumbers.TryGetValue(numbers, out LivePeerSet? group))
        {
            _byNumbers.Add(numbers, group = new LivePeerSet(PeerSet.Empty));
        }

        _dirty.Add(numbers);
        return group;
    }
}
