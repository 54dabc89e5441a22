using System.Collections.Immutable;

namespace NetPolNic.Policy.Model;

/// <summary>One entry of a rule's ports list.</summary>
/// <param name="Proto">The protocol; TCP where the object says nothing.</param>
/// <param name="First">First numeric port, host order; null with <paramref name="Name"/> null means every port.</param>
/// <param name="Last">Last port, inclusive (endPort); equals <paramref name="First"/> where there is no endPort.</param>
/// <param name="Name">A named container port, resolved per destination pod (SEMANTICS b9).</param>
public sealed record L4PortMatch(L4Proto Proto, ushort? First = null, ushort? Last = null, string? Name = null);

/// <summary>An ipBlock with its exceptions (SEMANTICS b7).</summary>
public sealed record IpBlock(IpPrefix Cidr, ImmutableArray<IpPrefix> Except);

/// <summary>One entry of a rule's from/to list: an ipBlock, or selectors.</summary>
/// <remarks>
/// Selectors: pod alone is the policy's namespace, namespace alone every pod there, both AND (SEMANTICS b5).
/// <see cref="NotUnderstood"/> marks a peer that this version cannot read; it matches nothing (SEMANTICS d2).
/// </remarks>
public sealed record PeerMatch(
    LabelSelector? PodSelector = null,
    LabelSelector? NamespaceSelector = null,
    IpBlock? IpBlock = null,
    bool NotUnderstood = false);

/// <summary>One ingress or egress rule. A null list is "missing", which differs from "empty" in v1beta1 (SEMANTICS a7).</summary>
public sealed record PolicyRule(ImmutableArray<PeerMatch>? Peers, ImmutableArray<L4PortMatch>? Ports);

/// <summary>A NetworkPolicy of either API version, validated, in the compiler's own terms.</summary>
/// <param name="Api">Decides what missing and empty lists mean.</param>
/// <param name="Uid">metadata.uid, or "namespace/name" where the source has none.</param>
/// <param name="Namespace">metadata.namespace.</param>
/// <param name="Name">metadata.name.</param>
/// <param name="PodSelector">What the policy selects in its namespace; null in v1beta1 means every pod (SEMANTICS a5).</param>
/// <param name="AppliesToIngress">policyTypes has Ingress (after defaulting, SEMANTICS b1).</param>
/// <param name="AppliesToEgress">policyTypes has Egress (after defaulting); never in v1beta1.</param>
/// <param name="Ingress">Ingress rules as written; inert where the type does not apply.</param>
/// <param name="Egress">Egress rules as written; inert where the type does not apply.</param>
public sealed record NetworkPolicy(
    PolicyApi Api,
    string Uid,
    string Namespace,
    string Name,
    LabelSelector PodSelector,
    bool AppliesToIngress,
    bool AppliesToEgress,
    ImmutableArray<PolicyRule> Ingress,
    ImmutableArray<PolicyRule> Egress);
