using System.Collections.Immutable;
using Dpdk.Ethdev;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NetPolNic.Cluster;
using NetPolNic.Offload.Apply;
using NetPolNic.Offload.Planning;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Agent.Hosting;

/// <summary>
/// The agent's one apply loop: manifests changed → resolve → plan → NIC and fallback. A state that cannot be used is
/// reported and leaves the last good one in force (I6).
/// </summary>
internal sealed partial class PolicyAgent(
    AgentOptions options, DataPlane dataPlane, TimeProvider time, ILogger<PolicyAgent> logger) : BackgroundService
{
    private readonly PolicyResolver _resolver = new(options.Isolation);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (EthPort port in dataPlane.Ports)
        {
            LogPort(port.Id, port.Name, port.DriverName);
        }

        using ManifestSource source = new(options.Manifests ?? "", time);
        try
        {
            await foreach (ManifestLoad load in source.WatchAsync(stoppingToken).ConfigureAwait(false))
            {
                Apply(load);
            }

            // Standard input ends; the policy it gave stays in force.
            await Task.Delay(Timeout.InfiniteTimeSpan, time, stoppingToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            LogStopping();
        }
    }

    private void Apply(ManifestLoad load)
    {
        foreach (ManifestProblem problem in load.Problems)
        {
            if (problem.IsWarning)
            {
                LogManifestWarning(problem.ToString());
            }
            else
            {
                LogManifestError(problem.ToString());
            }
        }

        if (load.State is null)
        {
            LogKeepingLastGood();
            return;
        }

        PolicySnapshot snapshot = _resolver.Resolve(load.State, options.Node);
        foreach (string warning in snapshot.Warnings)
        {
            LogPolicyWarning(warning);
        }

        (PlanUpdate update, ImmutableArray<ApplyReport> reports) = dataPlane.Apply(snapshot);
        int refused = reports.Sum(report => report.Refused.Length);
        LogApplied(snapshot.Generation, snapshot.Endpoints.Length, update.RuleCount, update.PuntCount, refused);
        foreach ((EthPort port, ApplyReport report) in dataPlane.Ports.Zip(reports))
        {
            foreach (var alike in report.Refused.GroupBy(rule => (rule.Rejection.Reason, rule.Rejection.Message)))
            {
                LogRefused(port.Id, alike.Key.Reason, alike.Key.Message ?? "no message", alike.Count());
            }
        }
    }
}
