using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve;

/// <summary>What a peer entry (or a missing list) matches.</summary>
/// <param name="set">All matched addresses.</param>
/// <param name="pods">Computes those that belong to a pod; called at most once, only for named ports.</param>
internal sealed class PeerSelection(PeerSet set, Func<IEnumerable<PodAddress>> pods)
{
    private readonly Dictionary<(string Name, L4Proto Proto), List<AllowRule>> _named = [];
    private IReadOnlyList<PodAddress>? _pods;

    public static PeerSelection Nothing { get; } = new(PeerSet.Empty, () => []);

    public PeerSet Set { get; } = set;

    /// <summary>The matched addresses that belong to a pod (S-b9).</summary>
    public IReadOnlyList<PodAddress> Pods => _pods ??= [.. pods()];

    /// <summary>The named port of each matched pod, by number (S-b9).</summary>
    public IReadOnlyList<AllowRule> NamedPort(string name, L4Proto proto)
    {
        if (!_named.TryGetValue((name, proto), out List<AllowRule>? rules))
        {
            _named.Add((name, proto), rules = [.. NamedPortResolver.OfPeers(Pods, name, proto)]);
        }

        return rules;
    }
}
