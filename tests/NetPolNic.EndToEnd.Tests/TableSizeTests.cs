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

    [Fact]
    public void Plans_for_what_fits_once_the_port_is_full()
    {
        PolicySnapshot policy = Policy();
        using NodeRig free = new(s_nic, keep: false, quirk: null);
        free.Node.Apply(policy);
        int all = free.RulesIn(EmulatedPort.Pods);
        using NodeRig rig = new(s_nic, keep: false, $"enospc:{all - 1}");
        rig.Node.Apply(policy);

        Assert.InRange(rig.Node.Plan.Rules.Length, 1, all - 1);
        Assert.True(rig.Node.LastReport!.IsComplete);
        Assert.Equal(rig.Node.Plan.Rules.Length, rig.RulesIn(EmulatedPort.Pods));

        long calls = rig.Node.ReconcilerOf(EmulatedPort.Pods).Calls;
        rig.Node.Apply(policy);
        Assert.Equal(calls, rig.Node.ReconcilerOf(EmulatedPort.Pods).Calls);
    }

    [Fact]
    public void Learns_nothing_of_a_single_refusal()
    {
        PolicySnapshot policy = Policy();
        using NodeRig rig = new(s_nic, keep: false, "fail_call:3:ENOSPC");
        rig.Node.Apply(policy);
        ApplyReport report = rig.Node.ReconcilerOf(EmulatedPort.Pods).Retry();

        Assert.True(report.IsComplete);
        Assert.Equal(rig.Node.Plan.Rules.Length, rig.RulesIn(EmulatedPort.Pods));
        using NodeRig free = new(s_nic, keep: false, quirk: null);
        free.Node.Apply(policy);
        Assert.Equal(free.Node.Plan.Rules.Length, rig.Node.Plan.Rules.Length);
    }

    private static PolicySnapshot Policy() => new PolicyResolver(IsolationMode.Auto).Resolve(
        new ClusterBuilder().Space("x").Pod("x/a", 1).Pod("x/b", 2).Ingress("x/p", "").Egress("x/q", "").Build(), null);
}
