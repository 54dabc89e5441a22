using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve.Incremental;

/// <summary>Every address, or an ipBlock: the set never changes, but the named ports of pods in it do (S-b9).</summary>
internal sealed class FixedSelection(PeerSet set, LiveCluster cluster) : LiveSelection(set)
{
    /// <summary>Whether the selection has to hear of pods.</summary>
    public bool Listens => HasNamedPorts;

    /// <inheritdoc/>
    protected override bool IsIn(IpAddr addr) => Set.Contains(addr);

    /// <inheritdoc/>
    protected override IEnumerable<PodEntry> MatchingPods() => cluster.LivePods;

    /// <inheritdoc/>
    protected override void OnFirstNamedPort() => cluster.PodListeners.Add(this);

    /// <inheritdoc/>
    protected override void AddToSet(LivePeerSet peers, IpAddr addr)
    {
    }

    /// <inheritdoc/>
    protected override void RemoveFromSet(LivePeerSet peers, IpAddr addr)
    {
    }
}
