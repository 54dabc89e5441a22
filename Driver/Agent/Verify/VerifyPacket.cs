namespace NetPolNic.Agent.Verify;

/// <summary>A packet of the verification, with what should become of it in the NIC.</summary>
/// <param name="Description">For the report: "default/frontend → default/db TCP/6379 SYN".</param>
/// <param name="Frame">The frame; its last four bytes are its index.</param>
/// <param name="PlannedDrop">Whether the plan says that the NIC drops it.</param>
/// <param name="DeniedInAnyState">Whether policy denies it whatever the state of its connection (I1).</param>
internal sealed record VerifyPacket(string Description, byte[] Frame, bool PlannedDrop, bool DeniedInAnyState);
