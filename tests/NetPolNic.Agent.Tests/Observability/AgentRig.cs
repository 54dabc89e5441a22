using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using NetPolNic.Agent.Hosting;
using NetPolNic.Agent.Observability;
using NetPolNic.Agent.Tests.Hosting;
using NetPolNic.Cluster.Sources;
using NetPolNic.Policy.Model;

namespace NetPolNic.Agent.Tests.Observability;

/// <summary>A running apply loop over a fake data plane and a clock of the test's, and what observes them.</summary>
internal sealed class AgentRig : IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public AgentRig()
    {
        Feed = new ClusterFeed(Time);
        Loop = new ApplyLoop(
            Feed,
            DataPlane,
            () => new SnapshotResolver(IsolationMode.Auto, null),
            Time,
            NullLogger<ApplyLoop>.Instance,
            new ApplyMetrics(Meters.Factory));
        Runner = new SourceRunner(Source, Feed, Time, NullLogger<SourceRunner>.Instance);
        Health = new AgentHealth(Loop, DataPlane, Source, Runner);
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public TestMeters Meters { get; } = new();

    public FakeDataPlane DataPlane { get; } = new();

    public FakeSource Source { get; } = new();

    public FakeLogger Log { get; } = new();

    public ClusterFeed Feed { get; }

    public ApplyLoop Loop { get; }

    public SourceRunner Runner { get; }

    public AgentHealth Health { get; }

    /// <summary>Starts the loop; it has applied these objects when the task ends.</summary>
    public async Task StartAsync(ClusterState? state = null)
    {
        ClusterChanges changes = ClusterChanges.Of(state ?? ClusterState.Empty);
        Feed.Write(pending =>
        {
            foreach (Namespace ns in changes.Namespaces.Values.OfType<Namespace>())
            {
                pending.Put(ns);
            }

            foreach (Pod pod in changes.Pods.Values.OfType<Pod>())
            {
                pending.Put(pod);
            }

            foreach (NetworkPolicy policy in changes.Policies.Values.OfType<NetworkPolicy>())
            {
                pending.Put(policy);
            }
        });
        Feed.MarkSynced();
        await Loop.StartAsync(default);
        await SettleAsync();
    }

    /// <summary>All that was written before has been applied.</summary>
    public async Task SettleAsync()
    {
        // The first answer may come before the round that takes the changes, the second one comes after it.
        for (int i = 0; i < 2; i++)
        {
            await Loop.AskAsync((_, _, _) => true, default).WaitAsync(Patience);
        }
    }

    public void Dispose()
    {
        Loop.StopAsync(default).GetAwaiter().GetResult();
        Loop.Dispose();
        Runner.Dispose();
        Feed.Dispose();
        Meters.Dispose();
    }
}
