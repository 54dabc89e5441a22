namespace Dpdk.Flow;

/// <summary>How many results a pull wrote, or why it failed.</summary>
public readonly record struct FlowPullResult(int Count, RuleRejection? Rejection);
