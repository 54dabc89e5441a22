using System.Globalization;
using Dpdk.Flow;
using NetPolNic.Agent.Emulation;
using NetPolNic.EndToEnd.Tests.Rig;
using NetPolNic.Offload.Apply;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;
using NetPolNic.TestSupport;

namespace NetPolNic.EndToEnd.Tests;

/// <summary>Nobody knows how many rules fit: the first refusal tells, and the plan keeps to it from then on.</summary>
public sealed class TableSizeTests
{
    private static readonly NicCapabilities s_nic = NicProfiles.Load("mlx5") with { IsTableSizeKnown = false };

    /// <summary>
    /// One rule less than the plan has fits: rule by rule; by templates and a queue whose results do not say why they say no,
    /// also a short one; and by a queue that refuses at once.
    /// </summary>
    [Theory]
    [InlineData(null, "enospc:{0}")]
    [InlineData("async=yes", "enospc:{0}")]
    [InlineData("async=only", "enospc:{0}")]
    [InlineData("async=only", "enospc:{0}+pull_lag+error_unset")]
    [InlineData("async=only,async_size=2", "enospc:{0}")]
    [InlineData("async=only", "enospc:{0}+queue_room:3:ENOSPC")]
    [InlineData("async=only", "enospc:{0}+table_room:2:ENOSPC")]
    [InlineData("async=only", null)]
    public void Plans_for_what_fits_once_the_port_is_full(string? device, string? quirk)
    {
        PolicySnapshot policy = Policy();
        int all = RulesOf(policy, device is null ? null : "async=only");
        using NodeRig rig = quirk is null
            ? new(s_nic, keep: false, quirk: null, s_nic with { TableSize = s_nic.TableSize with { Value = all - 1 } }, device)
            : Rig(device, quirk, all - 1);
        rig.Node.Apply(policy);

        Assert.InRange(rig.Node.Plan.Rules.Length, 1, all - 1);
        Assert.True(rig.Node.LastReport!.IsComplete);
        AssertHoldsPlan(rig);

        long calls = rig.Node.ReconcilerOf(EmulatedPort.Pods).Calls;
        rig.Node.Apply(policy);
        Assert.Equal(calls, rig.Node.ReconcilerOf(EmulatedPort.Pods).Calls);
    }

    /// <summary>What one call or result says, or a queue or template table that has no room, tells nothing of the port's table.</summary>
    [Theory]
    [InlineData(null, "fail_call:3:ENOSPC")]
    [InlineData("async=yes", "fail_nth:2:ENOSPC")]
    [InlineData("async=only", "fail_nth:2:ENOSPC")]
    [InlineData("async=only", "fail_op:1")]
    [InlineData("async=only", "fail_op:5")]
    [InlineData("async=only", "fail_call:6:ENOSPC")]
    [InlineData("async=only", "queue_room:1:ENOSPC")]
    [InlineData("async=only", "queue_room:2:ENOSPC+pull_lag")]
    [InlineData("async=only", "table_room:1:ENOSPC")]
    public void Learns_nothing_of_other_refusals(string? device, string quirk)
    {
        PolicySnapshot policy = Policy();
        using NodeRig rig = Rig(device, quirk, 0);
        rig.Node.Apply(policy);
        ApplyReport report = rig.Node.ReconcilerOf(EmulatedPort.Pods).Retry();

        Assert.True(report.IsComplete);
        AssertHoldsPlan(rig);
        Assert.Equal(RulesOf(policy, device), rig.Node.Plan.Rules.Length);
    }

    /// <summary>Each operation of finding out fails in turn: the books are right, and the table is full in the end.</summary>
    [Theory]
    [InlineData("fail_op:{0}")]
    [InlineData("fail_call:{0}:EIO")]
    [InlineData("fail_call:{0}:ENOSPC+pull_lag")]
    public void Books_are_right_when_any_one_operation_fails_while_the_port_is_full(string fault)
    {
        PolicySnapshot policy = Policy();
        int all = RulesOf(policy, "async=only");
        int less = 0;

        // The very first call gives a port its queue.
        for (int n = fault.StartsWith("fail_op", StringComparison.Ordinal) ? 1 : 2; n < 120; n++)
        {
            string one = string.Format(CultureInfo.InvariantCulture, fault, n);
            using NodeRig rig = Rig("async=only", $"{one}+enospc:{all - 1}", 0);
            rig.Node.Apply(policy);
            FlowReconciler reconciler = rig.Node.ReconcilerOf(EmulatedPort.Pods);
            Assert.Equal(rig.RulesIn(EmulatedPort.Pods), reconciler.Realized.Length);
            ApplyReport report = reconciler.Retry();
            Assert.Equal(rig.RulesIn(EmulatedPort.Pods), reconciler.Realized.Length);
            Assert.True(report.IsComplete || report.FullAt == all - 1, $"{one}: {report}");
            less += rig.Node.Plan.Rules.Length < all ? 1 : 0;

            Assert.Equal(0, reconciler.Clear().Installed);
            FlowApi flow = rig.Ports[(int)EmulatedPort.Pods].Flow;
            Assert.Equal((0, 0, 0), (rig.RulesIn(EmulatedPort.Pods), flow.Rules.Count, flow.Async!.TableCount));
        }

        Assert.True(less > 60, $"{less}");
    }

    private static NodeRig Rig(string? device, string? quirk, int size) => new(
        s_nic,
        keep: false,
        quirk is null ? null : string.Format(CultureInfo.InvariantCulture, quirk, size),
        emulated: null,
        device);

    private static int RulesOf(PolicySnapshot policy, string? device)
    {
        using NodeRig free = Rig(device, quirk: null, 0);
        free.Node.Apply(policy);
        return free.RulesIn(EmulatedPort.Pods);
    }

    private static void AssertHoldsPlan(NodeRig rig)
    {
        Assert.Equal(rig.Node.Plan.Rules.Length, rig.RulesIn(EmulatedPort.Pods));
        Assert.Equal(rig.Node.Plan.Rules.Length, rig.Node.ReconcilerOf(EmulatedPort.Pods).Realized.Length);
    }

    private static PolicySnapshot Policy() => new PolicyResolver(IsolationMode.Auto).Resolve(
        new ClusterBuilder().Space("x").Pod("x/a", 1).Pod("x/b", 2).Ingress("x/p", "").Egress("x/q", "").Build(), null);
}
