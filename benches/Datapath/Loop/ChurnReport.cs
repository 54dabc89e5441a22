namespace NetPolNic.Benches.Datapath.Loop;

/// <summary>What a churn did.</summary>
/// <param name="Seconds">How long it ran.</param>
/// <param name="Swaps">Snapshots published.</param>
/// <param name="Bytes">Bytes allocated, by the runtime's own count.</param>
/// <param name="Collections">Collections of the process's runtime meanwhile, of every generation.</param>
internal sealed record ChurnReport(double Seconds, long Swaps, long Bytes, int Collections);
