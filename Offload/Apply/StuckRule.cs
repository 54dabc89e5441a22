using Dpdk.Flow;
using NetPolNic.Offload.Planning;

namespace NetPolNic.Offload.Apply;

/// <summary>
/// A rule that should be gone but that the driver would not destroy. It is tried again on every call.
/// </summary>
/// <param name="Rule">The rule.</param>
/// <param name="Rejection">The driver's answer.</param>
/// <param name="Neutralised">
/// A stronger punt of the same region stands before it, so that it has no effect. False: it may still drop what the
/// policy in force allows (never the reverse: a pass is only a hint to the fallback).
/// </param>
public sealed record StuckRule(PlannedRule Rule, RuleRejection Rejection, bool Neutralised);
