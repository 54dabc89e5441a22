using NetPolNic.Policy.Model;
using NetPolNic.TestSupport;
using static NetPolNic.TestSupport.ClusterBuilder;

namespace NetPolNic.Policy.Tests;

/// <summary>SEMANTICS part b: ports, named ports, protocols.</summary>
public sealed class V1PortTests : SemanticsTest
{
    private static ClusterBuilder Cluster() => new ClusterBuilder().Space("x").Space("y", "team=b")
        .Pod("x/client", 1, "app=client")
        .Pod("x/a", 2, "app=web", ports: "http=TCP/80 http=UDP/81")
        .Pod("x/b", 3, "app=web", ports: "http=TCP/8080")
        .Pod("y/c", 4, "app=web", ports: "http=TCP/9090 http=TCP/9091")
        .Pod("y/none", 5, "app=web");

    [Fact]
    public void No_port_is_every_port_of_the_protocol_and_end_port_is_inclusive() // S-b8
    {
        ClusterBuilder cluster = Cluster().Ingress("x/p", "", Rule(null, "UDP", "TCP/80-82", "SCTP/7", "TCP/65535"));
        Allowed(cluster, 1, 2, "UDP/0");
        Allowed(cluster, 1, 2, "UDP/65535");
        Denied(cluster, 1, 2, "TCP/79");
        Allowed(cluster, 1, 2, "TCP/80");
        Allowed(cluster, 1, 2, "TCP/82");
        Denied(cluster, 1, 2, "TCP/83");
        Allowed(cluster, 1, 2, "SCTP/7");
        Denied(cluster, 1, 2, "SCTP/8");
        Allowed(cluster, 1, 2, "TCP/65535");
    }

    [Fact]
    public void Number_is_of_its_protocol_only() // S-b8
    {
        Denied(Cluster().Ingress("x/p", "", Rule(null, "TCP/80")), 1, 2, "UDP/80");
    }

    [Fact]
    public void Named_port_of_ingress_is_the_selected_pods_by_name_and_protocol() // S-b9
    {
        ClusterBuilder cluster = Cluster().Ingress("x/p", "app=web", Rule(null, "TCP/http"));
        Allowed(cluster, "8.8.8.8", 2, "TCP/80");
        Denied(cluster, 1, 2, "UDP/81");
        Denied(cluster, 1, 2, "TCP/81");
        Denied(cluster, 1, 2, "TCP/8080");
        Allowed(cluster, 1, 3, "TCP/8080");
        Allowed(Cluster().Ingress("x/p", "app=web", Rule(null, "UDP/http")), 1, 2, "UDP/81");
        Denied(Cluster().Ingress("x/p", "app=web", Rule(null, "UDP/http")), 1, 3, "UDP/8080");
    }

    [Fact]
    public void Named_port_of_egress_fans_out_over_the_peers() // S-b9
    {
        ClusterBuilder cluster = Cluster().Egress("x/p", "app=client", Rule([Pods("app=web"), Spaces("team=b")], "TCP/http"));
        Allowed(cluster, 1, 2, "TCP/80");
        Allowed(cluster, 1, 3, "TCP/8080");
        Denied(cluster, 1, 3, "TCP/80");
        Denied(cluster, 1, 2, "TCP/8080");
        Allowed(cluster, 1, 4, "TCP/9090");
        Allowed(cluster, 1, 4, "TCP/9091");
        Denied(cluster, 1, 5, "TCP/80");
        Assert.Equal(3, Resolve(cluster).Endpoints.Single(e => e.Name == "client").Egress.Set.Rules.Length);
    }

    [Fact]
    public void Named_port_of_egress_without_peers_matches_pods_only() // S-b9
    {
        ClusterBuilder cluster = Cluster().Egress("x/p", "app=client", Rule(null, "TCP/http"));
        Allowed(cluster, 1, 4, "TCP/9090");
        Allowed(cluster, 1, 2, "TCP/80");
        Denied(cluster, 1, "8.8.8.8", "TCP/80");
        Denied(cluster, 1, "2001:db8::8", "TCP/80");
        Denied(cluster, 1, 5, "TCP/80");
    }

    [Fact]
    public void Named_port_of_egress_in_a_block_matches_the_pods_there() // S-b7, S-b9
    {
        ClusterBuilder cluster = Cluster().Egress("x/p", "app=client", Rule([Block("10.0.0.2/31"), Block("fd00::4/128")], "TCP/http"));
        Allowed(cluster, "10.0.0.1", "10.0.0.2", "TCP/80");
        Allowed(cluster, "10.0.0.1", "10.0.0.3", "TCP/8080");
        Denied(cluster, "10.0.0.1", "10.0.0.4", "TCP/9090");
        Denied(cluster, "fd00::1", "fd00::2", "TCP/80");
        Allowed(cluster, "fd00::1", "fd00::4", "TCP/9090");
    }

    [Fact]
    public void Named_port_never_matches_a_host_network_pod() // S-b9, S-b11
    {
        ClusterBuilder cluster = Cluster()
            .Pod("x/host", 77, node: "n7", ports: "http=TCP/80").With(p => p with { HostNetwork = true })
            .Egress("x/p", "app=client", Rule(null, "TCP/http"));
        Denied(cluster, 1, 77, "TCP/80");
    }

    [Fact]
    public void Rule_with_ports_of_every_protocol_is_not_all_traffic() // S-b16
    {
        ClusterBuilder ports = Cluster().Ingress("x/p", "", Rule(null, "TCP", "UDP", "SCTP"));
        Denied(ports, 1, 2, "ICMP");
        Denied(ports, 1, 2, "ICMP6");
        Denied(ports, 1, 2, "GRE");
        ClusterBuilder all = Cluster().Ingress("x/p", "", Rule([Pods("app=client")]));
        Allowed(all, 1, 2, "ICMP");
        Allowed(all, 1, 2, "ICMP6");
        Allowed(all, 1, 2, "GRE");
        Denied(all, 3, 2, "GRE");
    }

    [Theory]
    [InlineData(null, 80, null)]
    [InlineData(80, 79, null)]
    [InlineData(80, 80, "http")]
    public void Port_entry_that_means_nothing_matches_nothing(int? first, int? last, string? name) // S-d2
    {
        L4PortMatch entry = new(L4Proto.Tcp, (ushort?)first, (ushort?)last, name);
        ClusterBuilder cluster = Cluster().Ingress("x/p", "", new PolicyRule(null, [entry]));
        Denied(cluster, 1, 2);
        Assert.Contains("policy x/p: ingress[0].ports[0] is not a port", Assert.Single(Resolve(cluster).Warnings).Text, StringComparison.Ordinal);
    }
}
