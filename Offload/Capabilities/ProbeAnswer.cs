using Dpdk.Flow;

namespace NetPolNic.Offload.Capabilities;

/// <summary>What a live port said to one fact of a profile.</summary>
/// <param name="What">The fact, for example "tcp.flags any" or "action count".</param>
/// <param name="Refusal">Null where the port accepts it; else its answer, and the fact is not used on this port.</param>
public sealed record ProbeAnswer(string What, RuleRejection? Refusal);
