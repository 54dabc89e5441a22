using System.Collections.Immutable;
using System.Text.Json;
using NetPolNic.Offload.Planning;
using NetPolNic.Policy.Model;
using NetPolNic.Vm.Tests.Support;

namespace NetPolNic.Vm.Tests;

/// <summary>
/// The agent on net_tap in a virtual machine whose kernel has tc flower: a real rte_flow driver, of which nothing is ours,
/// drops real packets.
/// </summary>
public sealed class TapInMachineTests(MachineFixture machine, ITestOutputHelper output) : IClassFixture<MachineFixture>
{
    private const byte Tcp = 6;
    private const byte Udp = 17;
    private const byte Sctp = 132;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Every_offloaded_rule_is_in_the_kernel_as_meant(int port)
    {
        ImmutableArray<PlannedRule> plan = machine.Scenario.Before.Plan.Rules;

        Assert.NotEmpty(plan);
        Assert.Contains(plan, rule => rule.Verdict == RuleVerdict.Drop);
        Differences.None(
            $"rules of port {port}",
            Differences.OfSets(
                plan.Select(rule => KernelRule.TextOf(rule.Spec)),
                machine.Run.Rules("start", port).Select(rule => rule.Text)));
        output.WriteLine($"{plan.Length} rules, {plan.Count(rule => rule.Verdict == RuleVerdict.Drop)} of them drop");
    }

    [Fact]
    public void Packets_arrive_exactly_where_policy_allows()
    {
        ImmutableArray<SentFrame> sent = machine.Scenario.First;

        Differences.None(
            "packets",
            Differences.OfArrivals(sent, machine.Run.Arrived("first"), frame => frame is { NicDrops: false, Allowed: true } ? frame.To : null));
        output.WriteLine(
            $"{sent.Length} packets, {sent.Count(frame => frame.Allowed)} allowed, {sent.Count(frame => frame.NicDrops)} dropped in the NIC");
    }

    [Theory]
    [InlineData(Tcp, 0)]
    [InlineData(Tcp, 1)]
    [InlineData(Udp, 0)]
    [InlineData(Udp, 1)]
    [InlineData(Sctp, 0)]
    [InlineData(Sctp, 1)]
    public void The_scenario_has_all_kinds_of_verdicts(byte proto, int port)
    {
        foreach (IpFamily family in (IpFamily[])[IpFamily.V4, IpFamily.V6])
        {
            List<SentFrame> sent =
                [.. machine.Scenario.First.Where(frame => frame.Port == port && frame.Packet.IpProto == proto && frame.Packet.Src.Family == family)];

            Assert.Contains(sent, frame => frame.Allowed);
            Assert.Contains(sent, frame => frame is { Allowed: false, NicDrops: false });
            Assert.Contains(sent, frame => frame is { Allowed: true, Packet.Fragment: not null });
            Assert.Contains(sent, frame => frame is { Allowed: false, Packet.Fragment: not null });
            Assert.DoesNotContain(sent, frame => frame is { Allowed: true, NicDrops: true });
            Assert.Contains(sent, frame => frame.NicDrops);
        }
    }

    /// <summary>
    /// The only way to the fallback is by the NIC: what it has received is what the kernel did not drop.
    /// </summary>
    [Fact]
    public void The_fallback_sees_exactly_what_the_nic_does_not_drop()
    {
        JsonElement before = machine.Run.Status("start").GetProperty("fallback");
        JsonElement after = machine.Run.Status("first").GetProperty("fallback");
        ImmutableArray<SentFrame> sent = machine.Scenario.First;
        long others = machine.Scenario.AnnouncementCount + machine.Run.Number("announce.sentinels") + machine.Run.Number("first.sentinels");

        Assert.Equal(sent.Count(frame => !frame.NicDrops) + others, Count(after, "rxPkts") - Count(before, "rxPkts"));
        Assert.Equal(sent.Count(frame => frame is { NicDrops: false, Allowed: false }), Sum(after, "drops") - Sum(before, "drops"));
    }

    [Theory]
    [InlineData("first", 0)]
    [InlineData("first", 1)]
    [InlineData("second", 0)]
    [InlineData("second", 1)]
    [InlineData("testpmd", 0)]
    [InlineData("testpmd", 1)]
    public void Hit_counters_of_the_kernel_agree(string play, int port)
    {
        string before = play switch { "first" => "start", "second" => "changed", _ => "testpmd-start" };
        ImmutableArray<SentFrame> sent = play == "second" ? machine.Scenario.Second : machine.Scenario.First;
        Prediction prediction = play == "second" ? machine.Scenario.After! : machine.Scenario.Before;
        HitBounds meant = prediction.Hits(sent, port, announced: play == "first");
        HashSet<string> asked = [.. FragmentProbes.Rules.Select(KernelRule.TextOf)];
        Dictionary<string, ulong> start = machine.Run.Rules(before, port).ToDictionary(rule => rule.Text, rule => rule.Hits);
        Differences.None(
            $"hits of rules of port {port} by '{play}'",
            meant.Differences(
            [
                .. machine.Run.Rules(play, port)
                    .Where(rule => !asked.Contains(rule.Text))
                    .Select(rule => (rule.Text, rule.Hits - start.GetValueOrDefault(rule.Text))),
            ]));
        Assert.True(meant.RuleCount > 10, $"only {meant.RuleCount} rules are hit");
        output.WriteLine($"{meant.Total} packets hit {meant.RuleCount} rules");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Rules_follow_an_edited_manifest(int port)
    {
        ImmutableArray<PlannedRule> plan = machine.Scenario.After!.Plan.Rules;

        Assert.NotEmpty(plan.Select(rule => rule.Key).Except(machine.Scenario.Before.Plan.Rules.Select(rule => rule.Key)));
        Differences.None(
            $"rules of port {port}",
            Differences.OfSets(
                plan.Select(rule => KernelRule.TextOf(rule.Spec)),
                machine.Run.Rules("changed", port).Select(rule => rule.Text)));
    }

    [Fact]
    public void While_a_manifest_is_edited_nothing_passes_that_both_policies_deny()
    {
        int rounds = machine.Run.Number("flow.rounds");
        Dictionary<(int Port, uint Tag), int> arrived = machine.Run.Arrived("flow");
        (Prediction before, Prediction after) = (machine.Scenario.Before, machine.Scenario.After!);
        List<SentFrame> denied =
            [.. machine.Scenario.Flow.Where(frame => before.DeniedInAnyState(frame.Packet) && after.DeniedInAnyState(frame.Packet))];
        List<SentFrame> allowed =
            [.. machine.Scenario.Flow.Where(frame => before.AllowedInAnyState(frame.Packet) && after.AllowedInAnyState(frame.Packet))];

        Assert.True(denied.Count > 20 && allowed.Count > 20, $"{denied.Count} packets are denied by both policies, {allowed.Count} allowed");
        Differences.None(
            "packets that both policies deny",
            denied.Where(frame => arrived.ContainsKey((0, frame.Tag)) || arrived.ContainsKey((1, frame.Tag))).Select(frame => $"passed: {frame}"));
        Differences.None(
            $"packets that both policies allow, {rounds} times",
            allowed.Where(frame => arrived.GetValueOrDefault((frame.To, frame.Tag)) != rounds)
                .Select(frame => $"arrived {arrived.GetValueOrDefault((frame.To, frame.Tag))} times: {frame}"));
        output.WriteLine($"{rounds} rounds of {machine.Scenario.Flow.Length} packets, {denied.Count} denied by both, {allowed.Count} allowed by both");
    }

    [Fact]
    public void Packets_arrive_exactly_where_the_changed_policy_allows() => Differences.None(
        "packets",
        Differences.OfArrivals(
            machine.Scenario.Second,
            machine.Run.Arrived("second"),
            frame => frame is { NicDrops: false, Allowed: true } ? frame.To : null));

    [Fact]
    public void The_agent_ends_well() => Assert.Equal(0, machine.Run.Number("agent.exit"));

    /// <summary>testpmd hides nothing: each rule is confirmed by its own line.</summary>
    [Fact]
    public void Stock_testpmd_takes_every_exported_rule()
    {
        string said = machine.Run.Text("testpmd.log");
        int rules = machine.Scenario.Before.Plan.Rules.Length;

        Assert.Equal((2 * rules) + FragmentProbes.Rules.Length, said.Split("Flow rule #").Length - 1);
        Assert.DoesNotContain("Bad arguments", said, StringComparison.Ordinal);
        Assert.DoesNotContain("Caught", said, StringComparison.Ordinal);
        for (int port = 0; port < 2; port++)
        {
            Differences.None(
                $"rules of testpmd's port {port}",
                Differences.OfSets(
                    machine.Scenario.Before.Plan.Rules.Select(rule => rule.Spec)
                        .Concat(port == 0 ? FragmentProbes.Rules : []).Select(KernelRule.TextOf),
                    machine.Run.Rules("testpmd-start", port).Select(rule => rule.Text)));
        }
    }

    /// <summary>Without the fallback everything that the NIC does not drop goes on to the other port.</summary>
    [Fact]
    public void Under_stock_testpmd_the_same_packets_are_dropped() => Differences.None(
        "packets",
        Differences.OfArrivals(
            machine.Scenario.First, machine.Run.Arrived("testpmd"), frame => frame.NicDrops ? null : frame.Port ^ 1));

    /// <summary>
    /// A match on ports misses every fragment, the first one too: the kernel does not read its ports. A protocol matches all of them, also
    /// behind an IPv6 fragment header.
    /// </summary>
    [Theory]
    [InlineData("port", "whole")]
    [InlineData("item", "whole", "first", "later")]
    [InlineData("proto", "whole", "first", "later")]
    public void What_the_kernel_matches_of_fragments(string by, params string[] dropped)
    {
        Dictionary<(int Port, uint Tag), int> arrived = machine.Run.Arrived("testpmd");

        Differences.None(
            $"a rule by {by}",
            FragmentProbes.Frames
                .Where(probe => probe.By == by && dropped.Contains(probe.Kind) == arrived.ContainsKey((1, probe.Tag)))
                .Select(probe => $"{(dropped.Contains(probe.Kind) ? "not dropped" : "dropped")}: {probe.Kind} {probe.Family}"));
    }

    private static long Count(JsonElement fallback, string name) => fallback.GetProperty(name).GetInt64();

    private static long Sum(JsonElement fallback, string name) =>
        fallback.GetProperty(name).EnumerateArray().Sum(reason => reason.GetProperty("pkts").GetInt64());
}
