namespace Dpdk.Flow;

/// <summary>What a query gave: exactly one of the two is set.</summary>
/// <param name="Counters">The counters, or null. A counter that the driver does not keep is 0.</param>
/// <param name="Rejection">Why not, or null.</param>
public readonly record struct FlowQueryResult(FlowCounters? Counters, RuleRejection? Rejection);
