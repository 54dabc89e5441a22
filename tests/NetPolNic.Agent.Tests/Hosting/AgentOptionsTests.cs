using NetPolNic.Agent.Hosting;

namespace NetPolNic.Agent.Tests.Hosting;

public sealed class AgentOptionsTests
{
    [Fact]
    public void Without_anything_to_follow_it_says_what_to_give()
    {
        string problem = Assert.Single(Usable(inCluster: false).Problems());

        Assert.Contains("--manifests DIR or --kubeconfig FILE", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cluster_needs_the_nodes_name_and_takes_it_from_the_downward_API()
    {
        AgentOptions options = Usable(inCluster: true);
        Assert.Contains("downward API", Assert.Single(options.Problems()), StringComparison.Ordinal);

        options.TakeNodeFrom(name => name == "NODE_NAME" ? "n7" : null);

        Assert.Equal("n7", options.Node);
        Assert.Empty(options.Problems());
    }

    [Fact]
    public void Manifests_do_not_take_the_node_from_the_environment()
    {
        AgentOptions options = Usable(inCluster: true);
        options.Manifests = "/somewhere";
        options.TakeNodeFrom(_ => "n7");

        Assert.Null(options.Node);
        Assert.Empty(options.Problems());
    }

    [Fact]
    public void A_given_node_wins_over_the_environment()
    {
        AgentOptions options = Usable(inCluster: true);
        options.Node = "n1";
        options.TakeNodeFrom(_ => "n7");

        Assert.Equal("n1", options.Node);
    }

    [Fact]
    public void Lists_everything_that_is_wrong()
    {
        AgentOptions options = Usable(inCluster: false);
        options.Manifests = "/somewhere";
        options.Kubeconfig = "/nowhere/config";
        options.MetricsListen = "nonsense";
        options.LogFormat = "xml";

        Assert.Equal(3, options.Problems().Count());
    }

    [Fact]
    public void A_kubeconfig_that_is_not_there_is_named()
    {
        AgentOptions options = Usable(inCluster: false);
        options.Kubeconfig = "/nowhere/config";
        options.Node = "n1";

        Assert.Equal("--kubeconfig: there is no file /nowhere/config", Assert.Single(options.Problems()));
    }

    private static AgentOptions Usable(bool inCluster) => new()
    {
        IsInCluster = inCluster,
        Uplink = "net_null0",
        PodPorts = { "net_null1" },
    };
}
