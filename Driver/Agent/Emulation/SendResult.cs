using System.Collections.Immutable;
using NetPolNic.Agent.Matrix;

namespace NetPolNic.Agent.Emulation;

/// <summary>What became of one frame.</summary>
/// <param name="Place">Who decided.</param>
/// <param name="DeliveredTo">Ports that it (or a copy) left by; empty where it was dropped.</param>
internal sealed record SendResult(VerdictPlace Place, ImmutableArray<EmulatedPort> DeliveredTo)
{
    public bool IsAllowed => DeliveredTo.Length > 0;
}
