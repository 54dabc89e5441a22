using CsCheck;
using NetPolNic.Cluster.Tests.Support;
using NetPolNic.TestApiServer;
using static NetPolNic.Cluster.Tests.Support.ClusterObjects;

namespace NetPolNic.Cluster.Tests.Kubernetes;

/// <summary>Whatever happens between, in the end the feed has told what the server has.</summary>
public sealed class RandomEventsTests
{
    private const int Rounds = 6;
    private static readonly ResourceKind[] s_kinds = [ResourceKind.Pods, ResourceKind.Namespaces, ResourceKind.Policies];

    private static long Cases => Environment.GetEnvironmentVariable("NETPOLNIC_TEST_LONG") is null ? 12 : 400;

    [Fact]
    public async Task Any_events_with_any_faults_end_in_the_state_of_the_server()
    {
        await Gen.Int.Array[20, 120].SampleAsync(
            async seeds =>
            {
                await using FollowedCluster cluster = await FollowedCluster.StartAsync(
                    new TestApiServerOptions { ChunkBytes = seeds[0] % 3 == 0 ? 11 : 0, HasOpaqueVersions = seeds[0] % 2 == 0 },
                    server => Array.ForEach(seeds[..10], seed => Change(server, new Random(seed))),
                    waitUntilSynced: false);
                foreach (int[] round in seeds[10..].Chunk(seeds.Length / Rounds))
                {
                    foreach (int seed in round)
                    {
                        Random random = new(seed);
                        if (random.Next(5) == 0)
                        {
                            Break(cluster.Server, random);
                        }
                        else
                        {
                            Change(cluster.Server, random);
                        }
                    }

                    // Some rounds run into each other, others come to rest between.
                    if (round[0] % 2 == 0)
                    {
                        cluster.Server.ClearFaults();
                        Wake(cluster.Server);
                        await cluster.UntilAsync(() => cluster.Feed.IsSynced, "to be synced");
                        await cluster.UntilEqualAsync();
                    }
                }

                cluster.Server.ClearFaults();
                Wake(cluster.Server);
                await cluster.UntilAsync(() => cluster.IsWatchingAll, "to watch all");
                await cluster.UntilEqualAsync();
                Assert.Equal(cluster.Server.Objects(ResourceKind.Pods).Count, cluster.PodHealth.Objects);
                Assert.Equal(cluster.Pods.Count, cluster.PodHealth.Objects);
            },
            iter: Cases,
            threads: 1);
    }

    /// <summary>Silent watches would be replaced by their bound only; here they end.</summary>
    private static void Wake(ApiServer server)
    {
        foreach (ResourceKind kind in s_kinds)
        {
            server.EndWatches(kind, WatchEnd.Reset);
        }
    }

    private static void Change(ApiServer server, Random random)
    {
        int number = random.Next(8);
        string name = $"o{number}";
        switch (random.Next(8))
        {
            case 0:
                server.Remove(ResourceKind.Pods, $"x/{name}");
                break;
            case 1:
                // The same name, another object.
                server.Remove(ResourceKind.Pods, $"x/{name}");
                server.Put(ResourceKind.Pods, PodJson(name));
                break;
            case 2:
                server.Put(ResourceKind.Namespaces, NamespaceJson(name, $"t{random.Next(3)}"));
                break;
            case 3:
                server.Remove(random.Next(2) == 0 ? ResourceKind.Namespaces : ResourceKind.Policies, name);
                server.Remove(ResourceKind.Policies, $"x/{name}");
                break;
            case 4:
                server.Put(ResourceKind.Policies, PolicyJson(
                    name, $$"""{"podSelector":{"matchLabels":{"app":"a{{random.Next(3)}}"} } }"""));
                break;
            default:
                server.Put(ResourceKind.Pods, PodJson(
                    name,
                    $"a{random.Next(3)}",
                    $"10.0.0.{1 + random.Next(4)}",
                    phase: random.Next(5) == 0 ? "Failed" : "Running",
                    note: $"{random.Next(2)}"));
                break;
        }
    }

    private static void Break(ApiServer server, Random random)
    {
        ResourceKind kind = s_kinds[random.Next(s_kinds.Length)];
        switch (random.Next(9))
        {
            case 0:
                server.Compact(kind);
                break;
            case 1:
                server.Compact(kind);
                server.EndWatches(kind, WatchEnd.HalfFrameReset);
                break;
            case 2:
                server.Fail(kind, "list", Fault.CutBody(random.Next(1500)), 2);
                break;
            case 3:
                server.Fail(kind, "watch", Fault.CutBody(random.Next(1500)), 2);
                break;
            case 4:
                server.Fail(kind, "*", random.Next(2) == 0 ? Fault.InternalError : Fault.Unauthorized, 2);
                break;
            case 5:
                server.Fail(kind, "*", Fault.Reset, 3);
                break;
            case 6:
                server.IsGoneAsStatus = random.Next(2) == 0;
                server.SendBookmark(kind);
                break;
            default:
                server.EndWatches(kind, (WatchEnd)random.Next((int)WatchEnd.Garbage + 1));
                break;
        }
    }
}
