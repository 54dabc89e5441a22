using Dpdk.Flow;
using NetPolNic.Offload.Planning;

namespace NetPolNic.Offload.Apply;

/// <summary>A rule in the NIC with what it has counted; null where it does not count.</summary>
public sealed record RuleCounters(PlannedRule Rule, FlowCounters? Counters);
