using NetPolNic.EndToEnd.Tests.Rig;
using NetPolNic.Policy.Model;
using NetPolNic.TestSupport;

namespace NetPolNic.EndToEnd.Tests;

/// <summary><c>netpolnic run</c> as a process: real ports of other drivers behind the emulated NIC.</summary>
public sealed class AgentProcessTests
{
    [Theory]
    [InlineData("mlx5", "TERM")]
    [InlineData("ice", "INT")]
    public async Task Follows_its_folder_and_ends_with_status_0_on_a_signal(string nic, string signal)
    {
        using TempFolder folder = new();
        folder.Write("cluster.yaml", Cluster("TCP/80"));
        using AgentProcess agent = Start(folder, "--nic", nic);

        string first = await agent.WaitForAsync("in force");
        Assert.Contains("Policy 1 in force: 2 local pods", first, StringComparison.Ordinal);
        Assert.Contains(" 0 refused by the NIC", first, StringComparison.Ordinal);
        Assert.Contains("net_emunic", agent.Log, StringComparison.Ordinal);

        folder.Write("cluster.yaml", Cluster("TCP/80", "UDP/53"));
        Assert.Contains("Policy 2 in force", await agent.WaitForAsync("in force"), StringComparison.Ordinal);

        folder.Write("cluster.yaml", "broken: [");
        await agent.WaitForAsync("the last good policy stays in force");
        Assert.Contains("cluster.yaml:1", agent.Log, StringComparison.Ordinal);

        folder.Write("cluster.yaml", Cluster("SCTP/80"));
        Assert.Contains("Policy 3 in force", await agent.WaitForAsync("in force"), StringComparison.Ordinal);

        Assert.Equal(0, await agent.SignalAsync(signal));
        Assert.Contains("nothing passes any more", agent.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("0-1")]
    public async Task Runs_native_poll_loops_one_per_lcore_and_a_managed_one_on_request(string lcores)
    {
        if (Environment.ProcessorCount < 2)
        {
            Assert.Skip("needs two CPUs");
        }

        using TempFolder folder = new();
        folder.Write("cluster.yaml", Cluster("TCP/80"));
        foreach (string code in (string[])["native", "managed"])
        {
            using AgentProcess agent = Start(folder, "--lcore", lcores, "--poll-loop", code);
            string says = await agent.WaitForAsync("Poll loops run");
            Assert.Contains($"{code} code", says, StringComparison.Ordinal);
            Assert.Contains(lcores == "0" ? "lcores 0," : "lcores 0, 1,", says, StringComparison.Ordinal);
            await agent.WaitForAsync("Policy 1 in force");
            if (lcores == "0")
            {
                // The loop has it for itself.
                string alone = Assert.Single(agent.ThreadCpus(), thread => thread.EndsWith(" 0", StringComparison.Ordinal));
                Assert.StartsWith("npn-rx-", alone, StringComparison.Ordinal);
                Assert.DoesNotContain(agent.ThreadCpus(), thread => thread.EndsWith(" 0-1", StringComparison.Ordinal));
            }

            Assert.Equal(0, await agent.SignalAsync("TERM"));
        }
    }

    /// <summary>The rules of the port are gone at the first insertion, and it is dead until it is started again.</summary>
    [Fact]
    public async Task Starts_a_port_again_that_has_reset_itself_and_puts_its_rules_back()
    {
        using TempFolder folder = new();
        folder.Write("cluster.yaml", Cluster("TCP/80"));
        using AgentProcess agent = AgentProcess.Start(
            "run", "--manifests", folder.Path, "--memory", "256", "--connections", "1024", "--nic", "mlx5",
            "--uplink", "net_emunic0,profile=mlx5", "--reflect-port", "net_emunic1,profile=mlx5,quirk=reset_nth:1",
            "--metrics-listen", "none", "--control-socket", "");

        Assert.Contains(
            ": 0 drops and passes of the policy are not in its NIC",
            await agent.WaitForAsync("had reset itself and was started again"),
            StringComparison.Ordinal);
        folder.Write("cluster.yaml", Cluster("TCP/81"));
        Assert.Contains(" 0 refused by the NIC", await agent.WaitForAsync("Policy 2 in force"), StringComparison.Ordinal);
        Assert.Equal(0, await agent.SignalAsync("TERM"));
    }

    [Fact]
    public async Task Waits_closed_when_the_manifests_cannot_be_used_at_the_start()
    {
        using TempFolder folder = new();
        folder.Write("cluster.yaml", "broken: [");
        using AgentProcess agent = Start(folder);

        await agent.WaitForAsync("cannot be used");
        Assert.DoesNotContain("Policy 1 in force", agent.Log, StringComparison.Ordinal);

        folder.Write("cluster.yaml", Cluster("TCP/80"));
        await agent.WaitForAsync("Policy 1 in force");
        Assert.Equal(0, await agent.SignalAsync("TERM"));
    }

    [Fact]
    public async Task Ends_with_status_2_when_a_device_does_not_exist()
    {
        using TempFolder folder = new();
        folder.Write("cluster.yaml", Cluster("TCP/80"));
        using AgentProcess agent = AgentProcess.Start(
            "run", "-f", folder.Path, "--memory", "128", "--uplink", "net_nonsense0", "--reflect-port", "net_null1");

        Assert.Contains("net_nonsense0", await agent.WaitForAsync("netpolnic: "), StringComparison.Ordinal);
        Assert.Equal(2, await agent.ExitAsync());
    }

    private static AgentProcess Start(TempFolder folder, params string[] more) => AgentProcess.Start(
    [
        "run", "--manifests", folder.Path, "--emulate", "--memory", "128", "--connections", "1024",
        "--uplink", "net_null0,no-rx=1", "--reflect-port", "net_null1,no-rx=1", "--metrics-listen", "none",
        "--control-socket", "", .. more,
    ]);

    private static string Cluster(params string[] ports)
    {
        ClusterState state = new ClusterBuilder().Space("x").Pod("x/web", 1, "app=web").Pod("x/db", 2, "app=db")
            .Ingress("x/p", "app=db", ClusterBuilder.Rule([ClusterBuilder.Pods("app=web")], ports)).Build();
        return ClusterYaml.Write(state);
    }
}
