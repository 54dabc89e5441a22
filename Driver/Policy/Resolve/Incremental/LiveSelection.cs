using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve.Incremental;

/// <summary>What a peer of active policies matches, kept up to date pod by pod.</summary>
internal abstract class LiveSelection(PeerSet set) : IPeerSelection
{
    private readonly LivePeerSet _peers = new(set);
    private Dictionary<(string Name, L4Proto Proto), NamedPortPeers>? _named;

    /// <inheritdoc/>
    public PeerSet Set => _peers.Set;

    /// <summary>The rules that depend on this selection.</summary>
    public HashSet<ActiveRules> Users { get; } = [];

    /// <summary>Whether the selection waits for <see cref="Flush"/>.</summary>
    public bool IsDirty { get; set; }

    /// <summary>Whether some named port of the matched pods counts.</summary>
    protected bool HasNamedPorts => _named is not null;

    /// <inheritdoc/>
    public IEnumerable<AllowRule> NamedPort(string name, L4Proto proto)
    {
        if (_named is null)
        {
            _named = [];
            OnFirstNamedPort();
        }

        if (!_named.TryGetValue((name, proto), out NamedPortPeers? peers))
        {
            peers = new NamedPortPeers(name, proto);
            foreach (PodEntry pod in MatchingPods())
            {
                foreach (IpAddr addr in pod.Addresses.Where(IsIn))
                {
                    peers.Add(pod.Pod!, addr);
                }
            }

            peers.Flush();
            _named.Add((name, proto), peers);
        }

        return peers.Rules;
    }

    /// <summary>A pod that matches enters.</summary>
    public void Enter(Pod pod, ImmutableArray<IpAddr> addresses)
    {
        foreach (IpAddr addr in addresses)
        {
            AddToSet(_peers, addr);
            if (_named is not null && IsIn(addr))
            {
                foreach (NamedPortPeers peers in _named.Values)
                {
                    peers.Add(pod, addr);
                }
            }
        }
    }

    /// <summary>A pod that matched leaves, with the ports and addresses that it entered with.</summary>
    public void Leave(Pod pod, ImmutableArray<IpAddr> addresses)
    {
        foreach (IpAddr addr in addresses)
        {
            RemoveFromSet(_peers, addr);
            if (_named is not null && IsIn(addr))
            {
                foreach (NamedPortPeers peers in _named.Values)
                {
                    peers.Remove(pod, addr);
                }
            }
        }
    }

    /// <summary>Applies a batch; false where it changes nothing.</summary>
    public bool Flush()
    {
        IsDirty = false;
        bool changed = _peers.Flush();
        if (_named is not null)
        {
            foreach (NamedPortPeers peers in _named.Values)
            {
                changed |= peers.Flush();
            }
        }

        return changed;
    }

    /// <summary>Whether an address of a matching pod belongs to the selection.</summary>
    protected abstract bool IsIn(IpAddr addr);

    /// <summary>The pods that match now.</summary>
    protected abstract IEnumerable<PodEntry> MatchingPods();

    /// <summary>From now on the selection needs to hear of pods for their ports.</summary>
    protected virtual void OnFirstNamedPort()
    {
    }

    protected virtual void AddToSet(LivePeerSet peers, IpAddr addr) => peers.Add(addr);

    protected virtual void RemoveFromSet(LivePeerSet peers, IpAddr addr) => peers.Remove(addr);
}
