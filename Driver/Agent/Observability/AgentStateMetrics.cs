using System.Diagnostics.Metrics;
using NetPolNic.Agent.Hosting;

namespace NetPolNic.Agent.Observability;

/// <summary>Instruments that tell the agent's state.</summary>
internal sealed class AgentStateMetrics
{
    public AgentStateMetrics(IMeterFactory factory, ApplyLoop loop, AgentHealth health)
    {
        Meter meter = AgentMeter.Create(factory);
        meter.CreateObservableGauge(
            "netpolnic.ready",
            () => health.NotReady().IsEmpty ? 1 : 0,
            description: "1: the policy of every local pod is in force; 0: see /readyz.");
        meter.CreateObservableGauge(
            "netpolnic.apply.queue.depth",
            () => loop.View.Pending,
            "{object}",
            "Objects that wait for the apply loop; not 0 for long means that it does not keep up or fails.");
        meter.CreateObservableGauge(
            "netpolnic.apply.beat.age",
            () => loop.SinceBeat.TotalSeconds,
            "s",
            "Time since the apply loop last showed that it lives; more than a few seconds means that it hangs in an apply.");
        meter.CreateObservableGauge(
            "netpolnic.policy.generation",
            () => loop.View.Generation,
            description: "Generation of the policy in force; 0: none yet, nothing passes.");
        meter.CreateObservableGauge(
            "netpolnic.policy.endpoints",
            () => loop.View.Snapshot.Endpoints.Length,
            "{endpoint}",
            "Local pods whose policy is in force.");
        meter.CreateObservableGauge(
            "netpolnic.policy.warnings",
            () => loop.View.Snapshot.Warnings.Length,
            "{warning}",
            "What was not understood or has no effect in policies, namespaces and addresses; not 0: see the log.");
        meter.CreateObservableGauge(
            "netpolnic.policy.outstanding",
            () => loop.View.LastError is null ? 0 : 1,
            description: "1: the last round failed and an older policy than wanted is in force.");
    }
}
