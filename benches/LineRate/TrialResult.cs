namespace NetPolNic.Benches.LineRate;

/// <summary>One trial: frames offered at a constant rate for some time.</summary>
/// <param name="OfferedPps">Frames per second that were due, both directions together.</param>
/// <param name="Sent">Frames due; one that the port did not take is lost.</param>
/// <param name="Received">Frames that came out of the other port.</param>
/// <param name="Seconds">How long frames were offered.</param>
/// <param name="Latency">Of every 16th frame, from the port it was given to till it was received.</param>
/// <param name="Late">The generator itself stood still for more than 200 µs, as often as this.</param>
internal sealed record TrialResult(
    double OfferedPps, long Sent, long Received, double Seconds, LatencyHistogram Latency, int Late)
{
    internal double LossPpm => Sent == 0 ? 0 : (Sent - Received) * 1e6 / Sent;

    internal double ReceivedPps => Received / Seconds;
}
