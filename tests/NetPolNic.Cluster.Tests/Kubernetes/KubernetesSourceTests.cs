using NetPolNic.Cluster.Sources;
using NetPolNic.Cluster.Tests.Support;
using NetPolNic.Policy.Model;
using NetPolNic.TestApiServer;
using static NetPolNic.Cluster.Tests.Support.ClusterObjects;

namespace NetPolNic.Cluster.Tests.Kubernetes;

/// <summary>What a healthy cluster looks like through the source.</summary>
public sealed class KubernetesSourceTests
{
    [Fact]
    public async Task Lists_page_by_page_and_follows_every_kind_of_event()
    {
        await using FollowedCluster cluster = await FollowedCluster.StartAsync(prepare: server =>
        {
            for (int i = 0; i < 10; i++)
            {
                server.Put(ResourceKind.Pods, PodJson($"p{i}", ip: $"10.0.0.{i + 1}"));
            }

            server.Put(ResourceKind.Namespaces, NamespaceJson("x"));
            server.Put(ResourceKind.Policies, PolicyJson("a"));
        });

        Assert.Null(cluster.Difference());
        Assert.Equal(10, cluster.Pods.Count);
        Assert.Equal(4, cluster.Server.CountRequests(ResourceKind.Pods, "list"));

        cluster.Server.Put(ResourceKind.Pods, PodJson("p3", app: "db", ip: "10.0.0.4"));
        cluster.Server.Put(ResourceKind.Pods, PodJson("new", ip: "10.0.0.50"));
        cluster.Server.Remove(ResourceKind.Pods, "x/p0");
        cluster.Server.Put(ResourceKind.Namespaces, NamespaceJson("x", "back"));
        cluster.Server.Remove(ResourceKind.Policies, "x/a");
        cluster.Server.Put(ResourceKind.Policies, PolicyJson("b", """{"ipBlock":{"cidr":"10.0.0.0/8"}}"""));
        await cluster.UntilEqualAsync();

        Assert.Equal(1, cluster.PodHealth.Lists);
        Assert.Equal(3, cluster.PodHealth.Events);
        Assert.Equal(10, cluster.PodHealth.Objects);
        Assert.Equal(0, cluster.PodHealth.Failures);
        Assert.All(cluster.Server.Requests, request => Assert.Equal("application/json", request.Accept));
    }

    [Fact]
    public async Task An_empty_cluster_is_a_state_too()
    {
        await using FollowedCluster cluster = await FollowedCluster.StartAsync();

        Assert.Single(cluster.Batches);
        Assert.Equal(0, cluster.Batches[0].Changes.Count);
    }

    [Theory]
    [InlineData("pods")]
    [InlineData("namespaces")]
    [InlineData("networkpolicies")]
    public async Task Hands_out_nothing_before_every_kind_is_listed(string late)
    {
        ResourceKind kind = new[] { ResourceKind.Pods, ResourceKind.Namespaces, ResourceKind.Policies }
            .Single(one => one.Plural == late);
        await using FollowedCluster cluster = await FollowedCluster.StartAsync(
            prepare: server =>
            {
                server.Put(ResourceKind.Pods, PodJson("a"));
                server.Fail(kind, "list", Fault.InternalError, int.MaxValue);
            },
            waitUntilSynced: false);
        await cluster.Server.WaitForRequestsAsync(kind, "list", 4);
        await cluster.UntilAsync(() => cluster.Source.Health.Count(health => health.Phase == ReflectorPhase.Watching) == 2);

        Assert.False(cluster.Feed.IsSynced);
        Assert.Empty(cluster.Batches);

        cluster.Server.ClearFaults();
        await cluster.UntilAsync(() => cluster.Feed.IsSynced);
        await cluster.UntilEqualAsync();
    }

    [Fact]
    public async Task A_heartbeat_does_not_reach_the_feed()
    {
        await using FollowedCluster cluster = await FollowedCluster.StartAsync(
            prepare: server => server.Put(ResourceKind.Pods, PodJson("a")));
        int batches = cluster.Batches.Count;

        for (int i = 0; i < 5; i++)
        {
            cluster.Server.Put(ResourceKind.Pods, PodJson("a", note: $"beat {i}"));
        }

        await cluster.UntilAsync(() => cluster.PodHealth.Events == 5);

        Assert.Equal(0, cluster.Feed.PendingCount);
        Assert.Equal(batches, cluster.Batches.Count);
        Assert.Equal(cluster.Server.CurrentVersion, cluster.PodHealth.ResourceVersion);
    }

    // S-b17
    [Fact]
    public async Task A_pod_made_again_under_its_name_replaces_the_old_one_in_one_step()
    {
        await using FollowedCluster cluster = await FollowedCluster.StartAsync(
            prepare: server => server.Put(ResourceKind.Pods, PodJson("a", uid: "u1")));

        cluster.Server.Put(ResourceKind.Pods, PodJson("a", uid: "u2"));
        await cluster.UntilAsync(() => cluster.Pods.ContainsKey("u2"));

        Assert.False(cluster.Pods.ContainsKey("u1"));
        ClusterBatch last = cluster.Batches[^1];
        Assert.Equal(["u1", "u2"], last.Changes.Pods.Keys.Order());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public async Task Frames_may_be_split_anywhere(int chunkBytes)
    {
        await using FollowedCluster cluster = await FollowedCluster.StartAsync(
            new TestApiServerOptions { ChunkBytes = chunkBytes },
            server =>
            {
                server.Put(ResourceKind.Pods, PodJson("a"));
                server.Put(ResourceKind.Pods, PodJson("b", note: "ü🙂 \" { ] } \\"));
                server.Put(ResourceKind.Policies, PolicyJson("a"));
            });
        Assert.Null(cluster.Difference());

        cluster.Server.Put(ResourceKind.Pods, PodJson("c", app: "später-🙂"));
        cluster.Server.Remove(ResourceKind.Pods, "x/a");
        await cluster.UntilEqualAsync();
    }

    [Fact]
    public async Task Huge_objects_are_read()
    {
        string huge = new('x', 5_000_000);
        await using FollowedCluster cluster = await FollowedCluster.StartAsync(
            prepare: server => server.Put(ResourceKind.Pods, PodJson("a", note: huge)));
        Assert.Null(cluster.Difference());

        cluster.Server.Put(ResourceKind.Pods, PodJson("a", app: "db", note: huge));
        cluster.Server.Put(ResourceKind.Pods, PodJson("b"));
        await cluster.UntilEqualAsync();
    }

    [Fact]
    public async Task Resource_versions_are_only_handed_back()
    {
        await using FollowedCluster cluster = await FollowedCluster.StartAsync(
            new TestApiServerOptions { HasOpaqueVersions = true },
            server => server.Put(ResourceKind.Pods, PodJson("a")));

        cluster.Server.Put(ResourceKind.Pods, PodJson("b"));
        await cluster.UntilEqualAsync();
        cluster.Server.EndWatches(ResourceKind.Pods, WatchEnd.Complete);
        cluster.Server.Put(ResourceKind.Pods, PodJson("c"));
        await cluster.UntilEqualAsync();

        Assert.StartsWith("rv~", cluster.PodHealth.ResourceVersion, StringComparison.Ordinal);
        Assert.Equal(1, cluster.PodHealth.Lists);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Lists_may_be_compressed(bool accepts)
    {
        await using FollowedCluster cluster = await FollowedCluster.StartAsync(
            new TestApiServerOptions { GzipFromBytes = 1, ChunkBytes = 5 },
            server => server.Put(ResourceKind.Pods, PodJson("a")),
            options: path => new KubernetesSourceOptions { Kubeconfig = path, AcceptGzip = accepts });

        Assert.Null(cluster.Difference());
        Assert.Single(cluster.Pods);
    }

    [Fact]
    public async Task Without_v1_the_policies_of_v1beta1_are_followed()
    {
        await using FollowedCluster cluster = await FollowedCluster.StartAsync(
            new TestApiServerOptions { HasV1Policies = false, HasV1Beta1Policies = true },
            server => server.Put(
                ResourceKind.V1Beta1Policies,
                """{"metadata":{"name":"p","namespace":"x"},"spec":{"podSelector":{},"ingress":[{"from":[]}]}}"""));

        NetworkPolicy policy = Assert.Single(cluster.Policies.Values);
        Assert.Equal(PolicyApi.V1Beta1, policy.Api);
        Assert.Empty(policy.Ingress[0].Peers!.Value);
    }

    [Fact]
    public async Task With_both_versions_v1_is_followed()
    {
        await using FollowedCluster cluster = await FollowedCluster.StartAsync(
            new TestApiServerOptions { HasV1Beta1Policies = true },
            server => server.Put(ResourceKind.Policies, PolicyJson("a")));

        Assert.Equal(PolicyApi.V1, Assert.Single(cluster.Policies.Values).Api);
        Assert.DoesNotContain(cluster.Server.Requests, request => request.Path.Contains("v1beta1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_without_policies_is_waited_for()
    {
        await using FollowedCluster cluster = await FollowedCluster.StartAsync(
            new TestApiServerOptions { HasV1Policies = false }, waitUntilSynced: false);

        await cluster.UntilAsync(() => cluster.PolicyHealth.Failures > 2);

        Assert.False(cluster.Feed.IsSynced);
        Assert.Contains("neither of networking.k8s.io/v1", cluster.PolicyHealth.LastError, StringComparison.Ordinal);
    }

    // S-d2
    [Theory]
    [InlineData("""{"podSelector":{"matchLabels":{"app":"web"},"matchFields":{}}}""", "spec.ingress[0].from[0].podSelector.matchFields")]
    [InlineData("""{"domainNames":["example.org"]}""", "spec.ingress[0].from[0].domainNames")]
    [InlineData("""{"ipBlock":{"cidr":"10.0.0.0/99"}}""", "spec.ingress[0].from[0].ipBlock.cidr")]
    [InlineData("""{}""", "spec.ingress[0].from[0]")]
    public async Task A_peer_that_is_not_understood_fails_closed_and_says_so(string peer, string field)
    {
        await using FollowedCluster cluster = await FollowedCluster.StartAsync(
            prepare: server => server.Put(ResourceKind.Policies, PolicyJson("odd", peer)));

        NetworkPolicy policy = Assert.Single(cluster.Policies.Values);
        Assert.True(policy.AppliesToIngress);
        Assert.True(Assert.Single(Assert.Single(policy.Ingress).Peers!.Value).NotUnderstood);
        string warning = Assert.Single(cluster.Log.Of(Microsoft.Extensions.Logging.LogLevel.Warning));
        Assert.StartsWith($"NetworkPolicy x/odd: {field}: ", warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_field_beside_the_spec_isolates_in_both_directions()
    {
        await using FollowedCluster cluster = await FollowedCluster.StartAsync(prepare: server => server.Put(
            ResourceKind.Policies,
            """{"metadata":{"name":"p","namespace":"x","futureField":1},"tier":"admin","spec":{"podSelector":{},"ingress":[{}]}}"""));

        NetworkPolicy policy = Assert.Single(cluster.Policies.Values);
        Assert.True(policy.AppliesToIngress && policy.AppliesToEgress);
        Assert.True(Assert.Single(policy.Ingress[0].Peers!.Value).NotUnderstood);
    }
}
