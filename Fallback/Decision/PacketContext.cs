namespace NetPolNic.Fallback.Decision;

/// <summary>What is known of a frame besides its bytes.</summary>
/// <param name="NowMs">The clock: any origin, never negative, never going back.</param>
/// <param name="IsMarked">The NIC marked it as passed: a hint that is verified, never trusted.</param>
public readonly record struct PacketContext(long NowMs, bool IsMarked = false);
