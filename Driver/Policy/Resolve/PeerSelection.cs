using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve;

/// <summary>What a peer entry (or a missing list) matches in one cluster state.</summary>
/// <param name="set">All matched addresses.</param>
/// <param name="pods">Computes those that belong to a pod; called at most once, only for named ports.</param>
internal sealed class PeerSelection(PeerSet set, Func<IEnumerable<PodAddress>> pods) : IPeerSelection
{
    private readonly Dictionary<(string Name, L4Proto Proto), List<AllowRule>> _named = [];
    private IReadOnlyList<PodAddress>? _pods;

    public PeerSet Set { get; } = set;

    /// <inheritdoc/>
    public IEnumerable<AllowRule> NamedPort(string name, L4Proto proto)
    {
        if (!_named.TryGetValue((name, proto), out List<AllowRule>? rules))
        {
            _pods ??= [.. pods()];
            _named.Add((name, proto), rules = [.. NamedPortResolver.OfPeers(_pods, name, proto)]);
        }

        return rules;
    }
}
