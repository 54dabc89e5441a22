namespace NetPolNic.EndToEnd.Tests.Rig;

/// <summary>How many packets there were, and who decided them.</summary>
internal readonly record struct WalkCount(long Packets, long Allowed, long NicDropped, long NicMarked)
{
    public WalkCount And(Outcome outcome) => new(
        Packets + 1,
        Allowed + (outcome.IsAllowed ? 1 : 0),
        NicDropped + (outcome.NicDropped ? 1 : 0),
        NicMarked + (outcome.NicMarked ? 1 : 0));

    public static WalkCount operator +(WalkCount left, WalkCount right) => new(
        left.Packets + right.Packets,
        left.Allowed + right.Allowed,
        left.NicDropped + right.NicDropped,
        left.NicMarked + right.NicMarked);
}
