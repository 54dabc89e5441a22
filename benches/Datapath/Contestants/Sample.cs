namespace NetPolNic.Benches.Datapath.Contestants;

/// <summary>What one contestant did in one window of one round.</summary>
internal sealed record Sample(double Seconds, ulong Packets, ulong Dropped, ulong Opened)
{
    /// <summary>CPU cycles and instructions in user mode, or null where the machine does not count them.</summary>
    public (long Cycles, long Instructions)? Cpu { get; init; }

    /// <summary>Drops by reason, those that occurred.</summary>
    public IReadOnlyDictionary<string, ulong> Reasons { get; init; } = new Dictionary<string, ulong>();

    public double NsPerPacket => Seconds * 1e9 / Packets;

    public double DroppedShare => (double)Dropped / Packets;

    public double OpenedShare => (double)Opened / Packets;

    public static Sample Between(Reading before, Reading after) => new(
        (after.Ns - before.Ns) / 1e9, after.Rx - before.Rx, More(after.Dropped, before.Dropped), after.Opened - before.Opened)
    {
        Reasons = (after.Reasons ?? new Dictionary<string, ulong>())
            .Select(reason => (reason.Key, Value: reason.Value - (before.Reasons?.GetValueOrDefault(reason.Key) ?? 0)))
            .Where(reason => reason.Value > 0)
            .ToDictionary(reason => reason.Key, reason => reason.Value),
    };

    /// <summary>
    /// A difference; 0 where it is negative: a contestant that counts what comes and what goes at different moments may have
    /// had more packets under way when its first reading was taken.
    /// </summary>
    private static ulong More(ulong after, ulong before) => after > before ? after - before : 0;
}
