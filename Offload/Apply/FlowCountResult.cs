using Dpdk.Flow;

namespace NetPolNic.Offload.Apply;

/// <summary>Either counters, or why there are none.</summary>
public readonly record struct FlowCountResult(FlowCounters? Counters, RuleRejection? Rejection);
