using System.Collections.Immutable;

namespace NetPolNic.Policy.Model;

/// <summary>
/// One ingress or egress rule. A null list is "missing", which differs from "empty" in v1beta1 (SEMANTICS a7).
/// </summary>
public sealed record PolicyRule(ImmutableArray<PeerMatch>? Peers, ImmutableArray<L4PortMatch>? Ports);
