using System.Collections.Immutable;
using NetPolNic.Policy.Model;

namespace NetPolNic.Policy.Resolve;

/// <summary>Which line of policy a resolved rule came from.</summary>
/// <param name="PolicyUid">UID of the policy.</param>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Name">Its name.</param>
/// <param name="Direction">The list the rule stands in.</param>
/// <param name="RuleIndex">Index in ingress/egress, or -1: the policy only isolates.</param>
/// <param name="PeerIndex">Index in from/to, or -1: the list is missing or empty.</param>
/// <param name="PortIndex">Index in ports, or -1: the list is missing or empty.</param>
public readonly record struct RuleOrigin(
    string PolicyUid,
    string Namespace,
    string Name,
    Direction Direction,
    int RuleIndex,
    int PeerIndex,
    int PortIndex);

/// <summary>One allow rule of a policy set: traffic passes where the peer is in Peers and the destination port in Ports.</summary>
public sealed record AllowRule(PeerSet Peers, PortSet Ports);

/// <summary>One direction of one endpoint: its interned policy set, and where that came from.</summary>
/// <param name="Set">The effective policy; shared by every endpoint and direction with an equal one.</param>
/// <param name="IsolatedBy">Policies (or the namespace annotation) that isolate; empty where not isolated.</param>
/// <param name="RuleOrigins">Parallel to <c>Set.Rules</c>: the origins of each rule.</param>
public sealed record EndpointDirection(
    PolicySet Set,
    ImmutableArray<RuleOrigin> IsolatedBy,
    ImmutableArray<ImmutableArray<RuleOrigin>> RuleOrigins);

/// <summary>A local pod with its addresses and its resolved policy.</summary>
/// <param name="Uid">Pod UID: the key (SEMANTICS b17).</param>
/// <param name="Namespace">Pod namespace.</param>
/// <param name="Name">Pod name.</param>
/// <param name="Addresses">Its addresses, never empty.</param>
/// <param name="ExemptPeers">Always allowed in both directions: its own addresses and its node's (SEMANTICS b12, b13).</param>
/// <param name="Ingress">What it may receive.</param>
/// <param name="Egress">What it may send.</param>
public sealed record LocalEndpoint(
    string Uid,
    string Namespace,
    string Name,
    ImmutableArray<IpAddr> Addresses,
    PeerSet ExemptPeers,
    EndpointDirection Ingress,
    EndpointDirection Egress);

/// <summary>Resolved policy of one node. Immutable; the input of the planner and of the fallback.</summary>
/// <param name="Generation">Counts up by one with each snapshot of one resolver.</param>
/// <param name="Endpoints">Local pods with an address (never hostNetwork ones), sorted by namespace, name, UID.</param>
/// <param name="Warnings">What an operator should know (SEMANTICS a4 ...), one sentence each.</param>
public sealed record PolicySnapshot(
    long Generation,
    ImmutableArray<LocalEndpoint> Endpoints,
    ImmutableArray<string> Warnings)
{
    public static PolicySnapshot Empty { get; } = new(0, [], []);
}
