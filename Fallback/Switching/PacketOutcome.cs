using NetPolNic.Fallback.Decision;

namespace NetPolNic.Fallback.Switching;

/// <summary>What becomes of one packet of a burst.</summary>
internal struct PacketOutcome
{
    /// <summary>Ports that it leaves by, as a mask; 0: it is dropped.</summary>
    public ulong Ports;

    /// <summary>What policy and connection state, or the source's guard, say; already counted.</summary>
    public PacketDecision Decision;

    /// <summary>Why it is dropped, by its decision or by the switch; already counted for the worker.</summary>
    public DropReason Reason;
}
