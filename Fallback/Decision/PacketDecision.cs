namespace NetPolNic.Fallback.Decision;

/// <summary>The verdict about one frame.</summary>
/// <param name="Kind">What let it pass, or <see cref="DecisionKind.None"/>.</param>
/// <param name="Reason">Why it was dropped, or <see cref="DropReason.None"/>.</param>
public readonly record struct PacketDecision(DecisionKind Kind, DropReason Reason)
{
    public bool IsForward => Reason == DropReason.None;

    public static PacketDecision Forward(DecisionKind kind) => new(kind, DropReason.None);

    public static PacketDecision Drop(DropReason reason) => new(DecisionKind.None, reason);
}
