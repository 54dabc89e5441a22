using Dpdk.Flow;
using NetPolNic.Offload.Planning;

namespace NetPolNic.Offload.Apply;

/// <summary>A rule that the driver would not create, and its answer.</summary>
public sealed record RefusedRule(PlannedRule Rule, RuleRejection Rejection);
