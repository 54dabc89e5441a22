using NetPolNic.Deploy.Tests.Support;

namespace NetPolNic.Deploy.Tests;

/// <summary>The agent itself under the security context of the manifests, with kernel ports in place of a NIC.</summary>
public sealed class ConfinedAgentTests
{
    [Fact]
    public async Task Is_ready_and_drains_with_the_capabilities_of_the_overlay_and_a_read_only_root()
    {
        IList<string> capabilities = (await Rendered.OfAsync("vfio-pci")).Agent.SecurityContext.Capabilities.Add;
        string output = await RunAsync(capabilities);
        Assert.StartsWith("ready\nexit 0\n", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("NET_RAW", "Could not open AF_PACKET socket")]
    [InlineData("NET_ADMIN", "rte_eth_promiscuous_enable failed")]
    public async Task Kernel_ports_need_both_capabilities_of_their_component(string missing, string complaint)
    {
        IList<string> capabilities = (await Rendered.OfAsync("vfio-pci")).Agent.SecurityContext.Capabilities.Add;
        Assert.Contains(missing, capabilities);
        string output = await RunAsync(capabilities.Except([missing]));
        Assert.StartsWith("exit 2\n", output, StringComparison.Ordinal);
        Assert.Contains(complaint, output, StringComparison.Ordinal);
    }

    private static async Task<string> RunAsync(IEnumerable<string> capabilities)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        foreach (string tool in new[] { "bash", "unshare", "setpriv", "ip" })
        {
            Tool.Need(tool);
        }

        string agent = Repo.At("artifacts", "bin", "NetPolNic.Agent", "debug", "netpolnic");
        (_, string output, string error) = await Tool.RunAsync(
            "bash",
            Path.Combine(AppContext.BaseDirectory, "confined-agent.sh"),
            agent,
            Repo.At("examples", "seed"),
            string.Join(',', capabilities.Select(capability => $"+{capability.ToLowerInvariant()}")));
        Assert.Equal("", error);
        Assert.SkipWhen(output == "confinement unavailable\n", "this machine allows no namespaces");
        return output;
    }
}
