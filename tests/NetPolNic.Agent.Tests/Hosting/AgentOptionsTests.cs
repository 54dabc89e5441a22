using NetPolNic.Agent.Commands;
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
    public void A_file_with_a_misspelt_option_is_refused_by_its_name()
    {
        string file = Path.GetTempFileName();
        File.WriteAllText(file, """{ "NetPolNic": { "Manifests": "/somewhere", "Upplink": "net_null0" } }""");

        UnusableInputException problem = Assert.Throws<UnusableInputException>(
            () => RunCommand.Bind(file, new Dictionary<string, string?>()));

        File.Delete(file);
        Assert.Contains("'Upplink'", problem.Message, StringComparison.Ordinal);
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

    [Theory]
    [InlineData("eth0")]
    [InlineData("0000:3b:00")]
    [InlineData("0000:3b:00.8")]
    [InlineData("3b:00.0;1")]
    [InlineData("net_")]
    [InlineData(",iface=eth0")]
    [InlineData("auxiliary:mlx5_core.sf.2")]
    [InlineData("")]
    public void A_pod_port_that_is_no_device_is_refused_with_what_one_looks_like(string device)
    {
        AgentOptions options = Usable(inCluster: true);
        options.Node = "n1";
        options.PodPorts[0] = device;

        Assert.Equal(
            $"--pod-port: '{device}' is no DPDK device: a PCI address (0000:3b:00.0) or a virtual device " +
            "(net_af_packet0,iface=eth0) is expected",
            Assert.Single(options.Problems()));
    }

    [Fact]
    public void A_device_may_be_named_once()
    {
        AgentOptions options = Usable(inCluster: true);
        options.Node = "n1";
        options.Uplink = "0000:3B:00.0";
        options.ReflectPorts.Add("3b:00.0,dv_flow_en=1");
        options.PodPorts.Add("net_null1,no-rx=1");

        Assert.Equal(
            ["--pod-port: net_null1 is named twice", "--reflect-port: 0000:3b:00.0 is named twice, first by --uplink"],
            options.Problems());
    }

    [Fact]
    public void Without_a_PCI_device_EAL_looks_at_none()
    {
        string[] arguments = AgentEal.OptionsOf(Usable(inCluster: true), []).ToArguments();

        Assert.Contains("--no-pci", arguments);
        Assert.DoesNotContain("-a", arguments);
    }

    [Fact]
    public void EAL_is_given_exactly_the_named_PCI_devices_with_their_arguments()
    {
        AgentOptions options = Usable(inCluster: true);
        options.Uplink = "0000:3b:00.0,dv_flow_en=1,rx_vec_en=0";
        options.ReflectPorts.Add("AF:01.2");

        string[] arguments = AgentEal.OptionsOf(options, []).ToArguments();

        Assert.DoesNotContain("--no-pci", arguments);
        Assert.Equal(
            ["0000:3b:00.0,dv_flow_en=1,rx_vec_en=0", "0000:af:01.2"],
            arguments.Index().Where(argument => argument.Index > 0 && arguments[argument.Index - 1] == "-a")
                .Select(argument => argument.Item));
    }

    [Theory]
    [InlineData(71, false)]
    [InlineData(72, true)]
    public void Too_little_memory_for_the_packet_pool_is_refused(int memory, bool isUsable)
    {
        AgentOptions options = Usable(inCluster: true);
        options.Node = "n1";
        options.MemoryMiB = memory;

        Assert.Equal(isUsable ? [] : ["--memory: 71 MiB are too few; 72 is the least"], options.Problems());
    }

    private static AgentOptions Usable(bool inCluster) => new()
    {
        IsInCluster = inCluster,
        Uplink = "net_null0",
        PodPorts = { "net_null1" },
    };
}
