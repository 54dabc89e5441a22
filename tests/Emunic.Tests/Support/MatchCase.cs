namespace Emunic.Tests.Support;

/// <summary>A device of the test run, by what its arguments change.</summary>
internal enum Device
{
    Full,
    FragmentsMiss,
    NoExtensionHeaders,
    TieWorse,
    PriorityReversed,
    Isolated,
    Widen,
    IgnoreLast,
    IgnoreGroup,
    IgnoreFragments,
    PriorityFlip,
    PriorityIgnore,
    AckDrop,
    IpOther,
    L4FragmentsMiss,
    L4ByProto,
    Ipv6ProtoLast,
}

/// <summary>What becomes of a packet: dropped, or passed with a mark, with the flag alone, or bare.</summary>
internal readonly record struct Fate(bool Passes, uint? Mark = null, bool Flag = false)
{
    public static readonly Fate Dropped = new(false);
    public static readonly Fate Passed = new(true);

    public override string ToString() => !Passes ? "dropped"
        : Mark is { } mark ? $"passed, mark {mark}" : Flag ? "passed, flagged" : "passed";
}

/// <summary>One packet and its fate.</summary>
internal sealed record Probe(string Name, byte[] Frame, Fate Expected);

/// <summary>Rules, packets and fates.</summary>
/// <param name="Name">Unique.</param>
/// <param name="Rules">
/// Each <c>attributes | pattern | actions</c> in testpmd's words without END; every pattern starts with <c>eth</c>, to which
/// the run adds this case's number, so that cases do not see one another's packets.
/// </param>
/// <param name="Probes">At most 256 packets.</param>
/// <param name="Device">Where it runs.</param>
/// <param name="NumberInSource">Whether the numbers stand in the source address, for rules on the destination.</param>
/// <param name="Hits">Expected count of every rule with COUNT, in order of the rules; null: not queried.</param>
internal sealed record MatchCase(
    string Name,
    string[] Rules,
    Probe[] Probes,
    Device Device = Device.Full,
    bool NumberInSource = false,
    long[]? Hits = null)
{
    public static MatchCase One(string name, string pattern, params Probe[] probes) =>
        new(name, [$"| {pattern} | drop"], probes);

    public static Probe Hit(string name, byte[] frame) => new(name, frame, Fate.Dropped);

    public static Probe Miss(string name, byte[] frame) => new(name, frame, Fate.Passed);
}
