namespace NetPolNic.Benches.Datapath.Loop;

/// <summary>Rounds of the poll loop that found packets, since the pace was set.</summary>
/// <param name="Taken">Packets that the loop took.</param>
/// <param name="Lost">Packets that found the receive queue full.</param>
/// <param name="Rounds">Rounds that were timed.</param>
/// <param name="MedianNs">Half of the rounds took no longer; to 100 ns, as the next two.</param>
/// <param name="P99Ns">99 of 100.</param>
/// <param name="P9999Ns">9 999 of 10 000.</param>
/// <param name="MaxNs">The longest one.</param>
/// <param name="LostLate">Of the packets lost, those of rounds that took longer than a queue lasts.</param>
internal sealed record RoundTimes(
    ulong Taken, ulong Lost, ulong Rounds, double MedianNs, double P99Ns, double P9999Ns, ulong MaxNs, ulong LostLate);
