using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using NetPolNic.Agent.Hosting;
using NetPolNic.Agent.Observability;
using NetPolNic.Cluster.Sources;
using NetPolNic.Policy.Model;
using NetPolNic.TestSupport;

namespace NetPolNic.Agent.Tests.Hosting;

/// <summary>The rounds of an apply loop without its thread: the test is the loop, and the clock.</summary>
internal sealed class ApplyRig : IDisposable
{
    public ApplyRig(Func<FakeResolver, bool>? resolverFails = null, TimeSpan rechooseInterval = default)
    {
        Feed = new ClusterFeed(Time);
        Rounds = new ApplyRounds(
            Feed,
            DataPlane,
            () =>
            {
                Resolvers.Add(new FakeResolver(resolverFails ?? (_ => false)));
                return Resolvers[^1];
            },
            Time,
            Log,
            new ApplyMetrics(Meters.Factory),
            () => 0,
            rechooseInterval);
    }

    public FakeTimeProvider Time { get; } = new();

    public FakeLogger Log { get; } = new();

    public TestMeters Meters { get; } = new();

    public ClusterFeed Feed { get; }

    public FakeDataPlane DataPlane { get; } = new();

    public List<FakeResolver> Resolvers { get; } = [];

    public ApplyRounds Rounds { get; }

    /// <summary>A pod of namespace x with the address 10.0.0.N.</summary>
    public static Pod Pod(int number, string labels = "") =>
        new ClusterBuilder().Pod($"x/p{number}", number, labels).Build().Pods[0];

    public void Put(int number, string labels = "") => Feed.Write(changes => changes.Put(Pod(number, labels)));

    /// <summary>In force: one pod.</summary>
    public void Start()
    {
        Put(1);
        Feed.MarkSynced();
        Rounds.Run();
    }

    /// <summary>Runs rounds, letting the time pass that they want to wait, until nothing is due; at most a few.</summary>
    public List<TimeSpan> RunUntilIdle(int atMost = 10_000)
    {
        List<TimeSpan> waits = [];
        for (int i = 0; i < atMost; i++)
        {
            TimeSpan wait = Rounds.Run();
            if (wait == Timeout.InfiniteTimeSpan)
            {
                break;
            }

            waits.Add(wait);
            Time.Advance(wait);
        }

        return waits;
    }

    public void Dispose()
    {
        Feed.Dispose();
        Meters.Dispose();
    }
}
