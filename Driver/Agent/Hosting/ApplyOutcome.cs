using System.Collections.Immutable;
using Dpdk.Flow;
using NetPolNic.Offload.Apply;

namespace NetPolNic.Agent.Hosting;

/// <summary>What an apply or a retry has led to.</summary>
/// <param name="RuleCount">Rules of the plan, for each port.</param>
/// <param name="PuntCount">Regions that the plan leaves to the fallback.</param>
/// <param name="Reports">What each port's NIC answered, in the order of <see cref="IDataPlane.Ports"/>.</param>
internal sealed record ApplyOutcome(int RuleCount, int PuntCount, ImmutableArray<ApplyReport> Reports)
{
    /// <summary>Rules that a NIC refuses; the fallback decides there.</summary>
    public int RefusedCount => Reports.Sum(report => report.Refused.Length);

    /// <summary>Rules that should be gone from a NIC and are not.</summary>
    public int StuckCount => Reports.Sum(report => report.Stuck.Length);

    /// <summary>Stuck rules without a punt before them: they may drop what policy allows.</summary>
    public int HarmfulCount => Reports.Sum(report => report.Stuck.Count(stuck => !stuck.Neutralised));

    /// <summary>Whether asking the NIC again may help: what the driver cannot express it never will.</summary>
    public bool MayRetry => Reports.Any(report => !report.Stuck.IsEmpty || report.TableFull ||
        report.Refused.Any(refused => refused.Rejection.Reason
            is not RejectReason.Unsupported and not RejectReason.Invalid and not RejectReason.NoFlowApi));
}
