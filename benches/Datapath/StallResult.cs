using NetPolNic.Benches.Datapath.Loop;

namespace NetPolNic.Benches.Datapath;

/// <summary>What became of a loop while snapshots were swapped and the process allocated.</summary>
/// <param name="OfferedPps">Packets that arrived, a second.</param>
/// <param name="Quiet">Rounds at the same rate, before the churn.</param>
/// <param name="Rounds">Rounds under churn.</param>
/// <param name="Churn">What the churn did.</param>
/// <param name="Standstill">What the CPU does with a thread that only reads the clock, before all that.</param>
/// <param name="DroppedShare">Packets that the policy dropped, of which none was to be.</param>
internal sealed record StallResult(
    double OfferedPps, RoundTimes Quiet, RoundTimes Rounds, ChurnReport Churn, Standstill Standstill, double DroppedShare);
