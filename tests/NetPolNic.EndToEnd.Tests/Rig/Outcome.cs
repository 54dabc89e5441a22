using System.Collections.Immutable;
using NetPolNic.Agent.Emulation;

namespace NetPolNic.EndToEnd.Tests.Rig;

/// <summary>What became of a frame, seen from outside.</summary>
/// <param name="DeliveredTo">Ports that it left by.</param>
/// <param name="NicDropped">The NIC's counter of dropped packets moved.</param>
/// <param name="NicMarked">The NIC's counter of packets marked as passed moved.</param>
internal sealed record Outcome(ImmutableArray<EmulatedPort> DeliveredTo, bool NicDropped, bool NicMarked)
{
    public bool IsAllowed => DeliveredTo.Length > 0;

    public override string ToString() => (IsAllowed, NicDropped, NicMarked) switch
    {
        (true, _, true) => "passed, marked by the NIC",
        (true, _, false) => "passed by the fallback",
        (false, true, _) => "dropped by the NIC",
        (false, false, true) => "marked by the NIC, dropped by the fallback",
        _ => "dropped by the fallback",
    };
}
