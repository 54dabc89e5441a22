using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Reference;

/// <summary>
/// A naive model of connection tracking on top of <see cref="PolicyEvaluator"/>: what the data path as a whole must say
/// to a sequence of packets. Dictionaries only; made to be read, and to be wrong in other ways than the product.
/// </summary>
/// <remarks>
/// On a policy change each connection becomes alive or cut by the new policy, in its own direction. A first fragment that
/// passed counts for as long as the policy in force allows the connection that let it pass; else, and where it was
/// dropped by an older policy, its later fragments are judged as if it had not been seen. A first fragment that is dropped
/// does not take back one that passed with the same identification: the receiver has that one. With
/// <see cref="EstablishedMode.Keep"/> connections and fragments are left alone.
/// </remarks>
public sealed class ConnectionOracle
{
    /// <summary>How long a first fragment's verdict holds, in seconds.</summary>
    public const double FragmentMemorySec = 30;

    private readonly Dictionary<ConnectionTuple, TrackedConnection> _connections = [];
    private readonly Dictionary<FragmentKey, FirstFragment> _fragments = [];
    private readonly string? _nodeName;
    private readonly EstablishedMode _established;
    private readonly double? _idleSec;
    private PolicyEvaluator _policy;

    // What let the last packet pass: the tuple of the connection as it was opened; null for what always passes.
    private ConnectionTuple? _because;

    /// <param name="policy">The policy in force.</param>
    /// <param name="established">What a policy change does to connections.</param>
    /// <param name="nodeName">The node whose pods are local; null makes every pod local.</param>
    /// <param name="idleSec">
    /// Seconds after its last passed packet at which a connection is forgotten; null never.
    /// </param>
    public ConnectionOracle(
        PolicyEvaluator policy,
        EstablishedMode established = EstablishedMode.Cut,
        string? nodeName = null,
        double? idleSec = null)
    {
        _policy = policy;
        _established = established;
        _nodeName = nodeName;
        _idleSec = idleSec;
    }

    /// <summary>Number of tracked connections, cut ones included.</summary>
    public int ConnectionCount => _connections.Count;

    /// <summary>Puts a new policy in force (SEMANTICS b15).</summary>
    public void OnPolicyChange(PolicyEvaluator policy)
    {
        _policy = policy;
        if (_established == EstablishedMode.Keep)
        {
            return;
        }

        foreach ((FragmentKey key, FirstFragment first) in _fragments)
        {
            if (first.Verdict == Verdict.Deny)
            {
                _fragments.Remove(key);
            }
            else if (first.Because is { } tuple)
            {
                first.Counts = AllowsNew(tuple.Src, tuple.Dst, tuple.IpProto, tuple.DstL4Port);
            }
        }

        foreach ((ConnectionTuple tuple, TrackedConnection connection) in _connections)
        {
            connection.IsAlive = AllowsNew(tuple.Src, tuple.Dst, tuple.IpProto, tuple.DstL4Port);
        }
    }

    /// <summary>Decides a packet and remembers what that does to connections and fragments.</summary>
    public Verdict Decide(AbstractPacket packet)
    {
        Forget(packet.TimeSec);
        if (packet.Fragment is not { IsWhole: false } fragment)
        {
            return DecideUnfragmented(packet);
        }

        FragmentKey key = new(packet.Src, packet.Dst, packet.IpProto, fragment.Id);
        if (fragment.IsLater)
        {
            return DecideLater(packet, key); // S-b20
        }

        Verdict verdict = DecideUnfragmented(packet);
        if (verdict == Verdict.Allow || !_fragments.TryGetValue(key, out FirstFragment? earlier) ||
            earlier.Verdict == Verdict.Deny)
        {
            _fragments[key] = new FirstFragment(verdict, packet.TimeSec, _because);
        }

        return verdict;
    }

    /// <summary>
    /// Whether the packet is dropped whatever connections and fragments came before under the policy in force. An ICMP
    /// error may always belong to something, so it never is.
    /// </summary>
    public bool DeniedInAnyState(AbstractPacket packet) => AnyState().IsAlwaysDenied(packet);

    /// <summary>Whether the packet passes whatever connections, cuts and fragments came before.</summary>
    public bool AllowedInAnyState(AbstractPacket packet) => AnyState().IsAlwaysAllowed(packet);

    private AnyStateReasoning AnyState() => new(_policy, _nodeName, _established);

    private Verdict DecideLater(AbstractPacket packet, FragmentKey key)
    {
        if (_policy.Evaluate(packet.Src, packet.Dst, packet.IpProto, 0, _nodeName).IsExempt)
        {
            return Verdict.Allow;
        }

        if (_fragments.TryGetValue(key, out FirstFragment? first) && first.Counts)
        {
            return first.Verdict;
        }

        bool guarded = _policy.IsIsolated(packet.Src, Direction.Egress, _nodeName) ||
            _policy.IsIsolated(packet.Dst, Direction.Ingress, _nodeName);
        return guarded ? Verdict.Deny : Verdict.Allow;
    }

    private Verdict DecideUnfragmented(AbstractPacket packet)
    {
        FlowDecision asNew = _policy.Evaluate(packet.Src, packet.Dst, packet.IpProto, packet.DstL4Port, _nodeName);
        ConnectionTuple tuple = ConnectionTuple.Of(packet);
        _because = packet.IsNeighbourDiscovery ? null : tuple;
        if (asNew.IsExempt || packet.IsNeighbourDiscovery) // S-b12, S-b13, S-b16
        {
            return Verdict.Allow;
        }

        if (packet.IsBareSyn || packet.IsIcmpRequest)
        {
            return Open(tuple, asNew.Combined, packet.TimeSec);
        }

        if (packet.IsIcmpReply)
        {
            return Reply(tuple, packet.TimeSec) ?? asNew.Combined;
        }

        if (packet.IsIcmp)
        {
            return packet.IsIcmpError && IsRelated(packet) ? Verdict.Allow : asNew.Combined;
        }

        if (_connections.TryGetValue(tuple, out TrackedConnection? own) && own.IsAlive)
        {
            own.LastSec = packet.TimeSec;
            return Verdict.Allow;
        }

        // In its own direction a cut connection may be opened again.
        return Reply(tuple, packet.TimeSec) ?? Open(tuple, asNew.Combined, packet.TimeSec);
    }

    /// <summary>Allowed: (re)creates the connection in this direction. Denied: leaves what there is alone.</summary>
    private Verdict Open(ConnectionTuple tuple, Verdict verdict, double timeSec)
    {
        if (verdict == Verdict.Allow)
        {
            if (tuple.IpProto is not (1 or 58))
            {
                // Both ends may ping each other under one identifier; elsewhere the newer direction replaces the older.
                _connections.Remove(tuple.Reversed);
            }

            _connections[tuple] = new TrackedConnection { IsAlive = true, LastSec = timeSec };
        }

        return verdict;
    }

    /// <summary>
    /// The verdict of a packet as a reply, or null where there is nothing that it replies to (S-b14).
    /// </summary>
    private Verdict? Reply(ConnectionTuple tuple, double timeSec)
    {
        if (!_connections.TryGetValue(tuple.Reversed, out TrackedConnection? connection))
        {
            return null;
        }

        if (!connection.IsAlive)
        {
            return Verdict.Deny;
        }

        connection.LastSec = timeSec;
        _because = tuple.Reversed;
        return Verdict.Allow;
    }

    /// <summary>The error goes to the sender of a packet of an allowed connection, of which it quotes enough.</summary>
    private bool IsRelated(AbstractPacket error)
    {
        if (error.Embedded is not { Fragment: null or { IsLater: false } } embedded || embedded.Src != error.Dst)
        {
            return false;
        }

        if (embedded.IsIcmp && !embedded.IsIcmpRequest && !embedded.IsIcmpReply)
        {
            return false;
        }

        ConnectionTuple tuple = ConnectionTuple.Of(embedded);
        bool forward = !embedded.IsIcmpReply && IsAlive(tuple);
        bool backward = !embedded.IsIcmpRequest && IsAlive(tuple.Reversed);
        _because = forward ? tuple : backward ? tuple.Reversed : _because;
        return forward || backward;
    }

    private bool IsAlive(ConnectionTuple tuple) =>
        _connections.TryGetValue(tuple, out TrackedConnection? connection) && connection.IsAlive;

    private bool AllowsNew(IpAddr src, IpAddr dst, byte ipProto, ushort dstL4Port) =>
        _policy.Evaluate(src, dst, ipProto, dstL4Port, _nodeName).Combined == Verdict.Allow;

    private void Forget(double nowSec)
    {
        foreach (FragmentKey key in _fragments.Where(f => nowSec - f.Value.Sec > FragmentMemorySec).Select(f => f.Key))
        {
            _fragments.Remove(key);
        }

        if (_idleSec is { } idle)
        {
            foreach (ConnectionTuple key in _connections.Where(c => nowSec - c.Value.LastSec > idle).Select(c => c.Key))
            {
                _connections.Remove(key);
            }
        }
    }

    private sealed record FirstFragment(Verdict Verdict, double Sec, ConnectionTuple? Because)
    {
        public bool Counts { get; set; } = true;
    }

    private readonly record struct FragmentKey(IpAddr Src, IpAddr Dst, byte IpProto, uint Id);
}
