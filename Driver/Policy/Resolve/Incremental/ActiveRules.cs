using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve.Incremental;

/// <summary>
/// The rules of one direction of a policy that speaks for a local pod, and the selections that they use. Selections are
/// acquired when the rules are first expanded.
/// </summary>
internal sealed class ActiveRules : IPeerSource
{
    private readonly SelectionTable _selections;
    private readonly RuleExpander _expander;
    private readonly Dictionary<PeerMatch, LiveSelection> _byPeer = new(ReferenceEqualityComparer.Instance);
    private LiveSelection? _everything;

    public ActiveRules(PolicyEntry policy, Direction direction, IsolationMode mode, SelectionTable selections)
    {
        Policy = policy;
        Direction = direction;
        UsesSubjectPorts = RuleExpander.UsesSubjectPorts(policy.Policy, direction);
        _selections = selections;
        _expander = new RuleExpander(this, mode);
    }

    public PolicyEntry Policy { get; }

    public Direction Direction { get; }

    /// <summary>Whether the named ports of the selected pod count.</summary>
    public bool UsesSubjectPorts { get; }

    /// <summary>The directions of endpoints that the rules are part of.</summary>
    public HashSet<DirectionGroup> Groups { get; } = [];

    /// <inheritdoc/>
    IPeerSelection IPeerSource.Everything => _everything ??= _selections.AcquireFixed(PeerSet.Everything, this);

    /// <inheritdoc/>
    IPeerSelection IPeerSource.Resolve(PeerMatch peer, string policyNamespace)
    {
        if (!_byPeer.TryGetValue(peer, out LiveSelection? selection))
        {
            _byPeer.Add(peer, selection = _selections.Acquire(peer, Policy.Space, this));
        }

        return selection;
    }

    /// <summary>The allow rules as the selections are now.</summary>
    public List<RuleMerger.Entry> Expand(Pod subject) => _expander.Expand(Policy.Policy, Direction, subject);

    /// <summary>The selections are not needed any more.</summary>
    public void Release()
    {
        foreach (LiveSelection selection in _byPeer.Values)
        {
            _selections.Release(selection, this);
        }

        if (_everything is not null)
        {
            _selections.Release(_everything, this);
        }

        _byPeer.Clear();
        _everything = null;
    }
}
