namespace NetPolNic.Benches.Datapath.Contestants;

/// <summary>Counters of a contestant since its start.</summary>
/// <param name="Ns">When they were read, on the monotonic clock.</param>
/// <param name="Rx">Packets received.</param>
/// <param name="Dropped">Packets received and not forwarded.</param>
/// <param name="Opened">Connections made; 0 where the contestant does not say.</param>
/// <param name="PolicyBytes">Memory of the compiled policy; 0 where the contestant does not say.</param>
internal sealed record Reading(long Ns, ulong Rx, ulong Dropped, ulong Opened = 0, long PolicyBytes = 0)
{
    /// <summary>Packets dropped by reason, or null.</summary>
    public IReadOnlyDictionary<string, ulong>? Reasons { get; init; }
}
