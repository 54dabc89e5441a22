using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve.Incremental;

/// <summary>The pods that a selector matches in one namespace or in those of a group.</summary>
internal sealed class PodSelection(SelectionScope scope, LabelSelector selector, PeerSet set, LiveCluster cluster)
    : LiveSelection(set)
{
    /// <summary>Where the selector looks.</summary>
    public SelectionScope Scope { get; } = scope;

    public LabelSelector Selector { get; } = selector;

    /// <inheritdoc/>
    protected override bool IsIn(IpAddr addr) => true;

    /// <inheritdoc/>
    protected override IEnumerable<PodEntry> MatchingPods() => cluster.Select(Scope, Selector);
}
