namespace NetPolNic.Policy.Resolve;

/// <summary>What a peer entry (or a missing list) matches.</summary>
/// <param name="set">All matched addresses.</param>
/// <param name="pods">Computes those that belong to a pod; called at most once, only for named ports.</param>
internal sealed class PeerSelection(PeerSet set, Func<IEnumerable<PodAddress>> pods)
{
    private IReadOnlyList<PodAddress>? _pods;

    public static PeerSelection Nothing { get; } = new(PeerSet.Empty, () => []);

    public PeerSet Set { get; } = set;

    /// <summary>The matched addresses that belong to a pod (S-b9).</summary>
    public IReadOnlyList<PodAddress> Pods => _pods ??= [.. pods()];
}
