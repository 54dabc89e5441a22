using Dpdk.Flow;

namespace NetPolNic.Offload.Apply;

/// <summary>Either the handle of a new rule, or why there is none.</summary>
public readonly record struct FlowCreateResult(object? Handle, RuleRejection? Rejection);
