using System.Collections.Immutable;
using Dpdk.Flow;
using NetPolNic.Offload.Planning;

namespace NetPolNic.Offload.Apply;

/// <summary>What one step of an apply did, and the state it left.</summary>
/// <param name="Created">Rules created in this step.</param>
/// <param name="Destroyed">Rules destroyed in this step.</param>
/// <param name="Installed">Rules in the NIC after this step, stuck ones and their neutralisers included.</param>
/// <param name="Refused">Every rule of the plan that the driver refuses at present, by its last answer.</param>
/// <param name="Stuck">Rules that the driver would not destroy.</param>
/// <param name="Missing">Drops and passes of the plan that are not in the NIC: their packets are punted.</param>
/// <param name="TableFull">The driver ran out of space; placing stopped there.</param>
public sealed record ApplyReport(
    int Created,
    int Destroyed,
    int Installed,
    ImmutableArray<RefusedRule> Refused,
    ImmutableArray<StuckRule> Stuck,
    ImmutableArray<PlannedRule> Missing,
    bool TableFull)
{
    /// <summary>Rules that the NIC held when it said last that it has no room (ENOSPC); null: it did not in this step.</summary>
    public int? FullAt { get; init; }

    /// <summary>The NIC holds exactly the plan.</summary>
    public bool IsComplete => Refused.IsEmpty && Stuck.IsEmpty && Missing.IsEmpty;

    /// <summary>The missing rules as punted regions, with the driver's answer as the fact.</summary>
    public ImmutableArray<PuntedRegion> ToPunts()
    {
        Dictionary<RuleKey, RefusedRule> byKey = Refused.ToDictionary(refused => refused.Rule.Key);
        RefusedRule? forAll = Refused.FirstOrDefault(refused => refused.Rejection.Reason == RejectReason.NoFlowApi);
        return
        [
            .. Missing.Select(rule => ToPunt(
                rule,
                rule.DependsOn.Prepend(rule.Key).Select(byKey.GetValueOrDefault).FirstOrDefault(found => found is not null)
                    ?? forAll)),
        ];
    }

    private static PuntedRegion ToPunt(PlannedRule rule, RefusedRule? refused)
    {
        bool full = refused is null || refused.Rejection.Reason == RejectReason.TableFull;
        string fact = refused is null
            ? "not tried: the table is full"
            : $"{refused.Rejection.Reason}, errno {refused.Rejection.Errno}: {refused.Rejection.Message}";
        return new PuntedRegion(
            rule.Pod,
            rule.Direction,
            rule.Verdict == RuleVerdict.Pass ? "all traffic of an open pod" : "what one rule would drop",
            full ? PuntReason.TableFull : PuntReason.RejectedByDriver,
            string.Empty,
            rule.Origins,
            fact);
    }
}
