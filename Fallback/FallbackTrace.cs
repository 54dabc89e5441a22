using NetPolNic.Fallback.Decision;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Fallback;

/// <summary>What the fallback would do with a packet at one moment; asking changed nothing.</summary>
/// <param name="Src">Local endpoint that owns the source address, or null.</param>
/// <param name="Dst">Local endpoint that owns the destination address, or null.</param>
/// <param name="IsExempt">An end's own address or node: passes whatever the policy (S-b12, S-b13).</param>
/// <param name="Connection">The connection that the packet belongs to in either direction, or null.</param>
/// <param name="Decision">
/// What policy and connection state say; where to the packet would be switched is not part of it.
/// <see cref="DropReason.NotReady"/> before the first policy.
/// </param>
public sealed record FallbackTrace(
    LocalEndpoint? Src,
    LocalEndpoint? Dst,
    bool IsExempt,
    TracedConnection? Connection,
    PacketDecision Decision);
