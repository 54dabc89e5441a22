using System.Globalization;
using CsCheck;
using Dpdk.Flow;
using NetPolNic.Agent.Emulation;
using NetPolNic.EndToEnd.Tests.Rig;
using NetPolNic.Offload.Apply;
using NetPolNic.Offload.Capabilities;

namespace NetPolNic.EndToEnd.Tests;

/// <summary>
/// Each single call of an update fails in turn, be it a creation, a destruction, a query or a validation: no packet is
/// decided wrong at any moment, nothing leaks, and the plan is there after a few retries.
/// </summary>
public sealed class CallFaultTests
{
    private const int Cases = 2;
    private const int MostRetries = 3;
    private const int MostCalls = 4000;
    private static readonly EmulatedPort[] s_ports = [EmulatedPort.Uplink, EmulatedPort.Pods];

    public static TheoryData<string, string> Faults => new(
        from profile in (string[])["mlx5", "ice", "i40e", "tap"]
        from errno in (string[])["ENOMEM", "ENOSPC", "EINVAL", "EIO", "EIO+error_unset"]
        select (profile, errno));

    /// <summary>The same with rules by templates and a flow queue: calls that fail, and operations that do.</summary>
    [Theory]
    [InlineData("fail_call", ":EIO")]
    [InlineData("fail_call", ":ENOMEM+pull_lag")]
    [InlineData("fail_call", ":EINVAL+error_unset")]
    [InlineData("fail_op", "")]
    public void Decides_right_and_converges_when_any_one_operation_of_a_queue_fails(string quirk, string more) =>
        TryAll("mlx5", quirk, more, device: "async=only,async_size=64");

    [Theory]
    [MemberData(nameof(Faults))]
    public void Decides_right_and_converges_when_any_one_call_fails(string profile, string errno) =>
        TryAll(profile, "fail_call", $":{errno}", device: null);

    private static void TryAll(string profile, string what, string more, string? device)
    {
        // The same cases at each run, and each of them calls the NIC: what is tried does not depend on luck.
        PCG random = new(stream: 5, seed: 6);
        NicCapabilities nic = NicProfiles.Load(profile);
        int tried = 0;
        int failures = 0;
        for (int i = 0; i < 200 && tried < Cases; i++)
        {
            Case of = CaseGen.Short.Generate(random, null, out _) with { Profile = profile };
            int calls = CallsOf(of, nic, device);
            if (Array.FindIndex(of.Steps, step => step.Op == 0) < 0 || calls < 12 || calls > MostCalls)
            {
                continue;
            }

            tried++;
            // The very first call gives a port its queue: without one it takes none of these rules at all.
            for (int n = device is null ? 1 : 2; n <= calls; n += 1 + (n / 10))
            {
                string quirk = string.Create(CultureInfo.InvariantCulture, $"{what}:{n}{more}");
                string? difference = Difference(of, nic, quirk, device);
                Assert.True(difference is null, $"{of}\n{quirk}\n{difference}");
                failures++;
            }
        }

        Assert.Equal(Cases, tried);
        Assert.True(failures > 20);
    }

    private static string? Difference(Case of, NicCapabilities nic, string quirk, string? device)
    {
        using NodeRig rig = new(nic, of.Keep, quirk, emulated: null, device);
        return Walk.FirstDifference(of, rig, changed: Converges);
    }

    /// <summary>Calls that one port sees at most.</summary>
    private static int CallsOf(Case of, NicCapabilities nic, string? device)
    {
        using NodeRig rig = new(nic, of.Keep, quirk: null, emulated: null, device);
        Walk.FirstDifference(of, rig, changed: Converges);
        return (int)s_ports.Max(port => rig.Node.ReconcilerOf(port).Calls);
    }

    private static string? Converges(NodeRig rig)
    {
        foreach (EmulatedPort port in s_ports)
        {
            FlowReconciler reconciler = rig.Node.ReconcilerOf(port);
            reconciler.ReadCounters();
            rig.Ports[(int)port].Flow.Validate(new FlowSpec(new FlowAttr(), [new EthItem()], [new DropAction()]));
            for (int i = 0; i < MostRetries && NotYet(rig, port); i++)
            {
                reconciler.Retry();
            }

            if (NotYet(rig, port))
            {
                return $"{port} holds {rig.RulesIn(port)} rules, {reconciler.Realized.Length} by its books, of " +
                    $"{rig.Node.Plan.Rules.Length}: {reconciler.Retry()}";
            }
        }

        return null;
    }

    private static bool NotYet(NodeRig rig, EmulatedPort port) =>
        rig.RulesIn(port) != rig.Node.ReconcilerOf(port).Realized.Length || rig.RulesIn(port) != rig.Node.Plan.Rules.Length;
}
