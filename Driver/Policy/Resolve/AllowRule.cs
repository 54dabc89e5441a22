namespace NetPolNic.Policy.Resolve;

/// <summary>
/// One allow rule of a policy set: traffic passes where the peer is in Peers and the destination port in Ports.
/// </summary>
public sealed record AllowRule(PeerSet Peers, PortSet Ports);
