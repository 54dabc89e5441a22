using System.Collections.Immutable;
using Dpdk.Flow;
using Microsoft.Extensions.Logging;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Agent.Hosting;

/// <summary>Log records of the apply loop; what may come in storms is written at a bounded rate. Apply loop's thread.</summary>
internal sealed partial class ApplyLog(ILogger logger, TimeProvider time)
{
    private readonly ILogger _logger = logger;
    private readonly LogBudget _applied = new(time, 20, 1);
    private readonly LogBudget _refused = new(time, 20, 0.2);
    private readonly HashSet<int> _takeNoRules = [];
    private ImmutableArray<PolicyWarning> _last = [];
    private HashSet<string> _warnings = new(StringComparer.Ordinal);

    /// <summary>Warnings that the last snapshot did not have.</summary>
    public void Warnings(PolicySnapshot snapshot)
    {
        if (snapshot.Warnings == _last)
        {
            return;
        }

        _last = snapshot.Warnings;
        HashSet<string> warnings = new(snapshot.Warnings.Select(warning => warning.ToString()), StringComparer.Ordinal);
        foreach (string warning in warnings)
        {
            if (!_warnings.Contains(warning))
            {
                LogPolicyWarning(warning);
            }
        }

        _warnings = warnings;
    }

    public void Applied(PolicySnapshot snapshot, ApplyOutcome outcome)
    {
        bool isWritten = _applied.TryTake(out long suppressed);
        if (isWritten && suppressed > 0)
        {
            LogAppliedMore(suppressed);
        }

        LogApplied(
            isWritten ? LogLevel.Information : LogLevel.Debug,
            snapshot.Generation,
            snapshot.Endpoints.Length,
            outcome.RuleCount,
            outcome.PuntCount,
            outcome.RefusedCount);
    }

    public void Refused(IReadOnlyList<EthPortInfo> ports, ApplyOutcome outcome)
    {
        for (int i = 0; i < outcome.Reports.Length; i++)
        {
            foreach (var alike in outcome.Reports[i].Refused
                .GroupBy(rule => (rule.Rejection.Reason, rule.Rejection.Message)))
            {
                if (alike.Key.Reason == RejectReason.NoFlowApi)
                {
                    // It stays so for as long as the port does.
                    if (_takeNoRules.Add(i))
                    {
                        LogTakesNoRules(ports[i].Id, ports[i].Device);
                    }
                }
                else if (_refused.TryTake(out _))
                {
                    LogRefused(ports[i].Id, alike.Key.Reason, alike.Key.Message ?? "no message", alike.Count());
                }
            }

            int stuck = outcome.Reports[i].Stuck.Length;
            if (stuck > 0 && _refused.TryTake(out _))
            {
                LogStuck(ports[i].Id, stuck);
            }
        }
    }

    [LoggerMessage(1005, LogLevel.Warning, "{Warning}")]
    private partial void LogPolicyWarning(string warning);

    [LoggerMessage(EventId = 1006,
        Message = "Policy {Generation} in force: {Pods} local pods, {Rules} NIC rules, {Punts} regions left to the fallback, {Refused} refused by the NIC")]
    private partial void LogApplied(LogLevel level, long generation, int pods, int rules, int punts, int refused);

    [LoggerMessage(1007, LogLevel.Warning,
        "The NIC of port {EthPortId} refuses rules: {Reason} ({Detail}), {Refused} so far; the fallback decides there")]
    private partial void LogRefused(int ethPortId, RejectReason reason, string detail, int refused);

    [LoggerMessage(1008, LogLevel.Error, "The NIC of port {EthPortId} keeps {Stuck} rules that it should not have")]
    private partial void LogStuck(int ethPortId, int stuck);

    [LoggerMessage(1017, LogLevel.Warning,
        "Port {EthPortId} ({Device}) takes no rules: its driver has no rte_flow; the fallback decides there")]
    private partial void LogTakesNoRules(int ethPortId, string device);

    [LoggerMessage(1009, LogLevel.Information, "{Policies} policies before it were put in place without a record")]
    private partial void LogAppliedMore(long policies);
}
