using Emunic.Tests.Support;
using static Emunic.Tests.Support.Frame;

namespace Emunic.Tests;

/// <summary>Rules by hand at testpmd's prompt: created, listed, queried, destroyed, and their effect on packets.</summary>
public sealed class PromptTests
{
    private static readonly byte[] s_web = V4("10.0.0.1", "10.0.0.2", 6, Tcp(1000, 80));
    private static readonly byte[] s_ssh = V4("10.0.0.1", "10.0.0.2", 6, Tcp(1000, 22));

    [Fact]
    public void Lists_queries_dumps_and_destroys_rules_when_asked_at_the_prompt()
    {
        using TestpmdSession session = new(["net_emunic0,profile=full"]);

        IReadOnlyList<string> answers = session.Run(
        [
            "flow validate 0 ingress pattern eth / ipv4 / end actions drop / end",
            "flow create 0 priority 3 ingress pattern eth / ipv4 / end actions count / drop / end",
            "flow create 0 ingress pattern eth / ipv6 src spec 2001:db8:: src prefix 32 / tcp dst is 80 / end " +
                "actions mark id 7 / age timeout 60 / queue index 0 / end",
            "flow list 0",
            "flow dump 0 all",
            "flow query 0 0 count",
            "flow query 0 1 count",
            "flow query 0 1 age",
            "flow aged 0",
            "flow create 0 priority 3 ingress pattern eth / ipv4 / end actions queue index 0 / end",
            "flow destroy 0 rule 0",
            "flow destroy 0 rule 0",
            "flow create 0 priority 3 ingress pattern eth / ipv4 / end actions queue index 0 / end",
            "show port xstats 0",
            "flow flush 0",
            "flow list 0",
            "show port xstats 0",
        ]);

        Assert.Contains("Flow rule validated", answers[0], StringComparison.Ordinal);
        Assert.Contains("Flow rule #0 created", answers[1], StringComparison.Ordinal);
        Assert.Contains("Flow rule #1 created", answers[2], StringComparison.Ordinal);
        Assert.Contains("ETH IPV4 => COUNT DROP", answers[3], StringComparison.Ordinal);
        Assert.Contains("ETH IPV6 TCP => MARK AGE QUEUE", answers[3], StringComparison.Ordinal);
        Assert.Contains(
            "net_emunic0 group 0 priority 0: eth ipv6 tcp | ipv6.src&0xffffffff00000000=0x20010db800000000 " +
            "l4.dst&0xffff=0x50 -> queue 0 mark 7 age 60", answers[4], StringComparison.Ordinal);
        Assert.Contains("Flow dump finished", answers[4], StringComparison.Ordinal);
        Assert.Matches(@"hits: 0\s+bytes: 0", answers[5]);
        Assert.Contains(
            "the rule has no such action to query: Operation not supported", answers[6], StringComparison.Ordinal);
        Assert.Matches(@"aged: 0\s+sec_since_last_hit_valid: 1\s+sec_since_last_hit: \d+", answers[7]);
        Assert.Contains("total aged flows: 0", answers[8], StringComparison.Ordinal);
        Assert.Contains(
            "error type 1 (cause unspecified): a rule with this pattern, group and priority exists: File exists", answers[9], StringComparison.Ordinal);
        Assert.Contains("Flow rule #0 destroyed", answers[10], StringComparison.Ordinal);
        Assert.DoesNotContain("destroyed", answers[11], StringComparison.Ordinal);
        Assert.Contains("created", answers[12], StringComparison.Ordinal);
        Assert.Contains("emunic_rules: 2", answers[13], StringComparison.Ordinal);
        Assert.DoesNotContain("=>", answers[15], StringComparison.Ordinal);
        Assert.Contains("emunic_rules: 0", answers[16], StringComparison.Ordinal);
        session.Quit();
    }

    [Fact]
    public void Drops_and_counts_only_what_a_rule_says_when_packets_run()
    {
        Traffic traffic = Traffic.Run(
            "",
            ["flow create 1 ingress pattern eth / ipv4 / tcp dst is 80 / end actions drop / end"],
            [s_web, s_ssh, s_web, new byte[13]]);

        Assert.Equal([s_ssh, new byte[13]], traffic.Passed);
        Assert.Contains("emunic_rx_total: 4", traffic.Transcript, StringComparison.Ordinal);
        Assert.Contains("emunic_rx_dropped_by_rule: 2", traffic.Transcript, StringComparison.Ordinal);
        Assert.Matches(@"RX-packets: 2 +RX-missed: 0 +RX-bytes:  67\b", traffic.Transcript);
    }

    [Fact]
    public void Passes_a_runt_when_a_rule_takes_every_frame()
    {
        Traffic traffic = Traffic.Run(
            "", ["flow create 1 ingress pattern eth / end actions drop / end"], [new byte[13], s_web, new byte[1]]);

        Assert.Equal([new byte[13], new byte[1]], traffic.Passed);
    }

    [Fact]
    public void Lets_packets_through_again_when_the_rule_is_destroyed()
    {
        Traffic traffic = Traffic.Run(
            "",
            [
                "flow create 1 ingress pattern eth / ipv4 / tcp dst is 80 / end actions drop / end",
                "flow create 1 ingress pattern eth / ipv4 / tcp dst is 22 / end actions drop / end",
                "flow destroy 1 rule 0",
            ],
            [s_web, s_ssh]);

        Assert.Equal([s_web], traffic.Passed);
    }

    [Fact]
    public void Passes_on_the_backend_s_address_and_link_when_asked()
    {
        using TestpmdSession session = new(["net_null0", "net_emunic0,backend=net_null0", "net_emunic1"]);

        string text = session.Run("show port summary all");

        // The backend belongs to the device: testpmd does not count it among its own ports.
        Assert.Contains("Number of available ports: 2", text, StringComparison.Ordinal);
        Assert.Matches(@"1 +[0-9A-F:]+ net_emunic0 +net_emunic +up +10 Gbps", text);
        Assert.Matches(@"2 +02:4E:[0-9A-F:]+ net_emunic1 +net_emunic +up +100 Gbps", text);
        session.Quit();
    }

    [Fact]
    public void Loses_its_rules_when_the_port_stops()
    {
        using TestpmdSession session = new(["net_emunic0"]);
        session.Run("flow create 0 ingress pattern eth / end actions drop / end");

        session.Run(["port stop 0", "port start 0"]);

        Assert.Equal(0, session.ReadXstat(0, "emunic_rules"));
        Assert.Contains(
            "created", session.Run("flow create 0 ingress pattern eth / end actions drop / end"), StringComparison.Ordinal);
        session.Quit();
    }

    [Fact]
    public void Detaches_and_attaches_again_when_hot_plugged()
    {
        using TestpmdSession session = new(["net_emunic0"]);

        session.Run(["port stop 0", "port close 0", "device detach net_emunic0"]);
        string attached = session.Run("port attach net_emunic0,profile=i40e");
        IReadOnlyList<string> answers = session.Run(
            ["port start 0", "flow create 0 ingress priority 1 pattern eth / end actions drop / end"]);

        Assert.Contains("Port 0 is attached", attached, StringComparison.Ordinal);
        Assert.Contains("priority 1: the greatest number is 0", answers[1], StringComparison.Ordinal);
        session.Quit();
    }

    [Fact]
    public void Runs_the_flow_performance_tool_when_it_is_installed()
    {
        if (!File.Exists("/usr/bin/dpdk-test-flow-perf"))
        {
            Assert.Skip("dpdk-test-flow-perf is not installed");
        }

        ToolResult result = Tool.Run(
            "dpdk-test-flow-perf",
            [
                "--no-pci", "--no-huge", "-m", "256", $"--file-prefix=emuperf{Environment.ProcessId}", "-d", Driver.Path,
                "--vdev", "net_emunic0", "--", "--ingress", "--ether", "--ipv4", "--tcp", "--queue",
                "--rules-count=2000", "--rules-batch=1000",
            ]);

        Assert.True(result.ExitCode == 0, result.Output);
        Assert.Contains("Total flows insertion rate", result.Output, StringComparison.Ordinal);
    }
}
