using NetPolNic.Policy.Model;

namespace NetPolNic.Cluster.Tests;

public sealed class ExampleTests
{
    private static readonly string s_folder = Path.Combine(AppContext.BaseDirectory, "examples");

    [Fact]
    public void The_seed_example_is_read_whole()
    {
        ManifestLoad load = ManifestReader.Read(Path.Combine(s_folder, "seed"));

        Assert.Empty(load.Problems);
        Assert.Equal(10, load.ObjectCount);
        NetworkPolicy policy = Assert.Single(load.State!.Policies);
        Assert.Equal((PolicyApi.V1Beta1, "default/test-network-policy"), (policy.Api, policy.Uid));
        PolicyRule rule = Assert.Single(policy.Ingress);
        Assert.Equal(2, rule.Peers!.Value.Length);
        Assert.Equal([new L4PortMatch(L4Proto.Tcp, 6379, 6379)], rule.Ports!.Value);
        Assert.Contains("DefaultDeny", load.State.Namespaces.Single(ns => ns.Name == "default").IsolationAnnotation);
        Assert.All(load.State.Pods, pod => Assert.Single(pod.Addresses));
    }

    [Fact]
    public void The_v1_example_is_read_whole()
    {
        ManifestLoad load = ManifestReader.Read(Path.Combine(s_folder, "v1"));

        Assert.Empty(load.Problems);
        Assert.Equal(8, load.State!.Pods.Length);
        Assert.Equal(7, load.State.Policies.Length);
        Assert.All(load.State.Pods, pod => Assert.Equal(
            [IpFamily.V4, IpFamily.V6], pod.Addresses.Select(address => address.Family)));
        Assert.Contains(
            new NamedPort("metrics", L4Proto.Tcp, 9187), load.State.Pods.Single(pod => pod.Name == "db").Ports);
    }
}
