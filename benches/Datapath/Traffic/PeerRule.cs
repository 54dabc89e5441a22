using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Benches.Datapath.Traffic;

/// <summary>What a pod may receive from (or send to) one block of addresses.</summary>
internal readonly record struct PeerRule(IpPrefix Peer, L4PortRange Ports);
