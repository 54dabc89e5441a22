using NetPolNic.Policy.Model;

namespace NetPolNic.Cluster.Store;

/// <summary>A known policy.</summary>
/// <param name="Policy">As mapped.</param>
/// <param name="SpecDigest">SHA-256 of the JSON that it was mapped from: the same text is not mapped again.</param>
internal sealed record PolicyEntry(NetworkPolicy Policy, byte[] SpecDigest);
