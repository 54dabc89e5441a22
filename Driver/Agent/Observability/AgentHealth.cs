using System.Collections.Immutable;
using NetPolNic.Agent.Hosting;
using NetPolNic.Cluster.Sources;
using NetPolNic.Fallback;
using NetPolNic.Fallback.Worker;

namespace NetPolNic.Agent.Observability;

/// <summary>Whether the agent lives, and whether the policy of every local pod is in force. Any thread.</summary>
internal sealed class AgentHealth(ApplyLoop loop, IDataPlane dataPlane, IClusterSource source, SourceRunner runner)
{
    /// <summary>An apply may take long on a full table; more than this is a hang.</summary>
    public static readonly TimeSpan LongestApply = TimeSpan.FromSeconds(60);

    /// <summary>The poll loop polls every few milliseconds unless it hangs, or the machine does not let it run.</summary>
    public static readonly TimeSpan LongestPoll = TimeSpan.FromSeconds(10);

    /// <summary>What is dead and will not come back by itself, one sentence each; empty: all lives.</summary>
    public ImmutableArray<string> NotAlive()
    {
        ImmutableArray<string>.Builder dead = ImmutableArray.CreateBuilder<string>();
        if (loop.SinceBeat > LongestApply)
        {
            dead.Add(FormattableString.Invariant($"the apply loop hangs since {loop.SinceBeat.TotalSeconds:F0} s"));
        }

        foreach (PollLoopStatus status in dataPlane.Loops)
        {
            string where = status.Cpu is { } cpu ? FormattableString.Invariant($" on lcore {cpu}") : "";
            if (status.Fault is { } fault)
            {
                dead.Add($"the poll loop{where} has ended: {fault.Message}");
            }
            else if (status.State == WorkerState.Running && status.SincePoll > LongestPoll)
            {
                dead.Add(FormattableString.Invariant($"the poll loop{where} hangs since {status.SincePoll.TotalSeconds:F0} s"));
            }
        }

        return dead.DrainToImmutable();
    }

    /// <summary>What is missing for the policy of every local pod to be in force; empty: nothing.</summary>
    public ImmutableArray<string> NotReady()
    {
        AgentView view = loop.View;
        ImmutableArray<string>.Builder missing = ImmutableArray.CreateBuilder<string>();
        missing.AddRange(NotAlive());
        if (dataPlane.State != WorkerState.Running)
        {
            missing.Add("the poll loop does not run: nothing passes");
        }

        missing.AddRange(view.Missing);
        if (!view.IsSynced)
        {
            missing.AddRange(source.Health.Where(health => health.Lists == 0).Select(Waiting));
            if (runner.LastError is { } error)
            {
                missing.Add($"{source.Name}: {error}");
            }
        }

        return missing.ToImmutable();
    }

    private static string Waiting(ReflectorHealth health) => health.LastError is { } error
        ? $"waiting for {health.Kind} list: {error}"
        : $"waiting for {health.Kind} list";
}
