namespace NetPolNic.Offload.Planning.Budget;

/// <summary>What a set that is not in the table would bring.</summary>
/// <param name="PerSecond">Packets a second that it would drop, by measurement, pairs of it included.</param>
/// <param name="Rules">Rules of the set.</param>
internal readonly record struct SetBenefit(double PerSecond, int Rules);
