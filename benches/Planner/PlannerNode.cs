using System.Collections.Immutable;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Benches.Planner;

/// <summary>
/// Resolved policy of a node with 110 pods under 1 000 policies of 20 peers and one or two ports each; no two policies have
/// a peer in common and no two peers make up a block.
/// </summary>
internal sealed class PlannerNode
{
    private const int Pods = 110;
    private const int Policies = 1_000;
    private const int PeersOfPolicy = 20;

    private readonly AllowRule[] _rules = new AllowRule[Policies];
    private readonly int _groups;
    private readonly LocalEndpoint[] _pods = new LocalEndpoint[Pods];
    private long _generation = 1;
    private int _event;
    private bool _away;

    /// <param name="selected">Pods that each policy selects.</param>
    internal PlannerNode(int selected)
    {
        _groups = Pods / selected;
        for (int policy = 0; policy < Policies; policy++)
        {
            _rules[policy] = new AllowRule(
                Peers(policy, PeersOfPolicy), Ports(8000 + (policy % 50), policy % 2 == 0 ? 9000 : 8000 + (policy % 50)));
        }

        for (int group = 0; group < _groups; group++)
        {
            Resolve(group);
        }

        Snapshot = Next();
    }

    internal PolicySnapshot Snapshot { get; private set; }

    /// <summary>One of the policies' selections gains or loses a peer.</summary>
    internal PolicySnapshot TogglePeer()
    {
        int policy = (_event / 2) % Policies;
        _rules[policy] = _rules[policy] with { Peers = Peers(policy, PeersOfPolicy + ((_event++ & 1) ^ 1)) };
        Resolve(policy % _groups);
        return Next();
    }

    /// <summary>The last pod goes, or comes back.</summary>
    internal PolicySnapshot TogglePod()
    {
        _away = !_away;
        return Next();
    }

    /// <summary>A policy gets another port.</summary>
    internal PolicySnapshot NextPort()
    {
        int policy = _event % Policies;
        _rules[policy] = _rules[policy] with { Ports = Ports(10_000 + _event++, 80) };
        Resolve(policy % _groups);
        return Next();
    }

    private PolicySnapshot Next() =>
        Snapshot = new PolicySnapshot(_generation++, [.. _away ? _pods[..^1] : _pods], []);

    private void Resolve(int group)
    {
        PolicySet set = PolicySet.Of(_rules.Where((_, policy) => policy % _groups == group));
        RuleOrigin origin = new("uid", "default", "policy", Direction.Ingress, 0, 0, 0);
        EndpointDirection ingress = new(set, [origin], [.. set.Rules.Select(_ => ImmutableArray.Create(origin))]);
        EndpointDirection egress = new(PolicySet.Open, [], []);
        for (int pod = group; pod < Pods; pod += _groups)
        {
            ImmutableArray<IpAddr> own = [new IpAddr(IpFamily.V4, 0x0a010000u + (uint)pod + 1)];
            _pods[pod] = new LocalEndpoint(
                FormattableString.Invariant($"uid-{pod}"), "default", FormattableString.Invariant($"pod{pod}"), own,
                PeerSet.OfAddresses(own.Append(IpAddr.Parse("192.168.0.1"))), ingress, egress);
        }
    }

    // Odd addresses.
    private static PeerSet Peers(int policy, int count) => PeerSet.OfAddresses(
        Enumerable.Range(policy * 2 * PeersOfPolicy, count).Select(i => new IpAddr(IpFamily.V4, 0x14000001u + (2 * (uint)i))));

    private static PortSet Ports(params int[] ports) =>
        PortSet.Of(ports.Distinct().Select(port => new L4PortRange(L4Proto.Tcp, (ushort)port, (ushort)port)));
}
