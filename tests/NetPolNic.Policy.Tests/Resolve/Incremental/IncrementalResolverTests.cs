using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;
using NetPolNic.TestSupport;
using static NetPolNic.TestSupport.ClusterBuilder;

namespace NetPolNic.Policy.Tests.Resolve.Incremental;

/// <summary>The changes that are easy to get wrong, one at a time; each snapshot is compared with a full resolution.</summary>
public sealed class IncrementalResolverTests
{
    private const string Node = "n1";

    /// <summary>x/a is local; x/b, y/b and y/c are elsewhere.</summary>
    private static ClusterBuilder Cluster() => new ClusterBuilder()
        .Space("x", "team=a").Space("y", "team=b")
        .Pod("x/a", 1, "app=a")
        .Pod("x/b", 2, "app=b", "n2")
        .Pod("y/b", 3, "app=b", "n2", "http=TCP/80")
        .Pod("y/c", 4, "app=c", "n2");

    [Fact]
    public void First_snapshot_of_nothing_is_generation_one_and_stays_the_same()
    {
        IncrementalResolver resolver = new(IsolationMode.Auto, Node);
        PolicySnapshot first = resolver.Resolve();
        Assert.Equal(1, first.Generation);
        Assert.Empty(first.Endpoints);
        resolver.Apply(new ClusterChanges());
        Assert.Same(first, resolver.Resolve());
    }

    [Fact]
    public void Change_that_concerns_nothing_local_returns_the_same_snapshot()
    {
        Following cluster = new(Cluster().Ingress("x/p", "app=a", Rule([Pods("app=b")])));
        PolicySnapshot before = cluster.Snapshot;
        Assert.Same(before, cluster.PutPod("y/c", p => p with { Labels = Labels("app=d") }));
        Assert.Same(before, cluster.Relist());
    }

    [Fact]
    public void Label_of_a_remote_pod_opens_and_closes_the_way()
    {
        Following cluster = new(Cluster().Ingress("x/p", "app=a", Rule([Pods("app=b")])));
        Assert.Equal("10.0.0.2/32 fd00::2/128", Peers(cluster.Snapshot));
        Assert.Equal("", Peers(cluster.PutPod("x/b", p => p with { Labels = Labels("app=c") })));
        Assert.Equal("10.0.0.2/32 fd00::2/128", Peers(cluster.PutPod("x/b", p => p with { Labels = Labels("app=b") })));
    }

    [Fact]
    public void Address_moves_from_a_dead_pod_to_another_in_one_batch()
    {
        Following cluster = new(Cluster().Ingress("x/p", "app=a", Rule([Pods("app=b")])));
        Pod dead = cluster.Pod("x/b");
        ClusterChanges changes = new();
        changes.Put(dead with { Uid = "new", Name = "new", Labels = Labels("app=c") }); // S-b17
        changes.RemovePod("x/b");
        Assert.Equal("", Peers(cluster.Take(changes)));
        changes = new ClusterChanges();
        changes.Put(dead with { Uid = "newer", Name = "newer" });
        changes.RemovePod("new");
        Assert.Equal("10.0.0.2/32 fd00::2/128", Peers(cluster.Take(changes)));
    }

    [Fact]
    public void Address_moves_across_batches_through_a_contest()
    {
        Following cluster = new(Cluster().Ingress("x/p", "app=a", Rule([Pods("app=b")])));
        Pod old = cluster.Pod("x/b");
        ClusterChanges changes = new();
        changes.Put(old with { Uid = "new", Name = "new" });
        PolicySnapshot contested = cluster.Take(changes);
        Assert.Equal("", Peers(contested));
        Assert.Equal(2, contested.Warnings.Count(w => w.Kind == WarningSubject.Address));
        changes = new ClusterChanges();
        changes.Put(old with { Terminated = true });
        PolicySnapshot moved = cluster.Take(changes);
        Assert.Equal("10.0.0.2/32 fd00::2/128", Peers(moved));
        Assert.Empty(moved.Warnings);
    }

    [Fact]
    public void Contest_of_a_local_address_closes_it_until_one_pod_is_left()
    {
        Following cluster = new(Cluster());
        LocalEndpoint before = Assert.Single(cluster.Snapshot.Endpoints);
        ClusterChanges changes = new();
        changes.Put(cluster.Pod("x/a") with { Uid = "twin", Name = "twin", NodeName = "n2" });
        Assert.All(cluster.Take(changes).Endpoints, e => Assert.Same(PolicySet.Closed, e.Ingress.Set));
        changes = new ClusterChanges();
        changes.RemovePod("twin");
        Assert.Equal(before, Assert.Single(cluster.Take(changes).Endpoints));
    }

    [Fact]
    public void Namespace_label_brings_its_pods_in_and_out()
    {
        Following cluster = new(Cluster().Ingress("x/p", "app=a", Rule([Spaces("team=b")])));
        Assert.Equal("10.0.0.3/32 10.0.0.4/32 fd00::3/128 fd00::4/128", Peers(cluster.Snapshot));
        ClusterChanges changes = new();
        changes.Put(new Namespace("y", Labels("team=c")));
        Assert.Equal("", Peers(cluster.Take(changes)));
        changes = new ClusterChanges();
        changes.Put(new Namespace("x", Labels("team=b")));
        Assert.Equal("10.0.0.1/32 10.0.0.2/32 fd00::1/128 fd00::2/128", Peers(cluster.Take(changes)));
        changes = new ClusterChanges();
        changes.RemoveNamespace("x");
        Assert.Equal("", Peers(cluster.Take(changes)));
    }

    [Fact]
    public void Policy_becomes_active_when_a_local_pod_appears_and_idle_when_it_goes()
    {
        Following cluster = new(Cluster().Ingress("y/p", "app=c", Rule([Pods("app=b")])));
        PolicySnapshot idle = cluster.Snapshot;
        PolicySnapshot active = cluster.PutPod("y/c", p => p with { NodeName = Node, NodeAddresses = [] });
        Assert.Equal("10.0.0.3/32 fd00::3/128", active.Endpoints[1].Ingress.Set.Rules[0].Peers.ToString());
        Assert.Same(idle.Endpoints[0], active.Endpoints[0]);
        Assert.Single(cluster.PutPod("y/c", p => p with { NodeName = "n2" }).Endpoints);
    }

    [Fact]
    public void Named_egress_port_follows_the_ports_of_the_peers()
    {
        Following cluster = new(Cluster().Egress("x/p", "app=a", Rule(null, "TCP/http")));
        AllowRule rule = Assert.Single(cluster.Snapshot.Endpoints[0].Egress.Set.Rules);
        Assert.Equal(("10.0.0.3/32 fd00::3/128", "TCP/80"), (rule.Peers.ToString(), rule.Ports.ToString())); // S-b9
        PolicySnapshot after = cluster.PutPod("y/b", p => p with { Ports = [new NamedPort("http", L4Proto.Tcp, 81)] });
        Assert.Equal("TCP/81", Assert.Single(after.Endpoints[0].Egress.Set.Rules).Ports.ToString());
        Assert.Empty(cluster.PutPod("y/b", p => p with { Ports = [] }).Endpoints[0].Egress.Set.Rules);
    }

    [Fact]
    public void Address_of_the_node_follows_any_pod_that_shows_it()
    {
        Following cluster = new(Cluster().Pod("y/host", 0, node: Node));
        Assert.DoesNotContain(IpAddr.Parse("10.0.9.9"), Exempt(cluster.Snapshot));
        Assert.Contains(IpAddr.Parse("10.0.9.9"), Exempt(cluster.PutPod("y/host", p => p with { NodeAddresses = [IpAddr.Parse("10.0.9.9")] })));
        ClusterChanges changes = new();
        changes.RemovePod("y/host");
        Assert.DoesNotContain(IpAddr.Parse("10.0.9.9"), Exempt(cluster.Take(changes)));
    }

    [Fact]
    public void Isolation_annotation_comes_and_goes()
    {
        Following cluster = new(Cluster());
        ClusterChanges changes = new();
        changes.Put(new Namespace("x", Labels("team=a"), DefaultDeny));
        Assert.Same(PolicySet.Closed, cluster.Take(changes).Endpoints[0].Ingress.Set);
        changes = new ClusterChanges();
        changes.Put(new Namespace("x", Labels("team=a"), "no"));
        PolicySnapshot open = cluster.Take(changes);
        Assert.Same(PolicySet.Open, open.Endpoints[0].Ingress.Set);
        Assert.Equal((WarningSubject.Namespace, "x"), (open.Warnings[0].Kind, open.Warnings[0].Namespace));
    }

    private static string Peers(PolicySnapshot snapshot) =>
        string.Join(' ', snapshot.Endpoints[0].Ingress.Set.Rules.Select(r => r.Peers));

    private static IEnumerable<IpAddr> Exempt(PolicySnapshot snapshot) =>
        snapshot.Endpoints[0].ExemptPeers.Prefixes.Select(p => p.Addr);
}
