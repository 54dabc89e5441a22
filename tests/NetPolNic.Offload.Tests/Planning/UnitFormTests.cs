using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning;
using NetPolNic.Offload.Tests.Support;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Tests.Planning;

/// <summary>What a pod's rules leave out where all of them would be more than a plain list of its policy.</summary>
public sealed class UnitFormTests
{
    private static readonly NicCapabilities s_enic = NicProfiles.Load("enic");

    [Fact]
    public void Covers_replies_by_blocks_before_it_drops_less()
    {
        OffloadPlan plan = PlanOf(Allow(1, 30, 80), Allow(101, 30, 443));

        // To 30 peers at 443 and from 30 at 80, each a rule; replies from 443 and 80 a rule each, from the blocks that those are in.
        Assert.Equal(62, plan.Rules.Count(rule => rule.Pattern.Contains("10.2.0.")));
        Assert.Contains(plan.Rules, rule => rule.Pattern.StartsWith(
            "eth / ipv4 src spec 10.2.0.0 src mask 255.255.255.0 dst is 10.1.0.1 / tcp src is 443",
            StringComparison.Ordinal));
        Assert.Contains(plan.Rules, rule => rule.Pattern.StartsWith(
            "eth / ipv4 src is 10.1.0.1 dst spec 10.2.0.0 dst mask 255.255.255.192 / tcp src is 80",
            StringComparison.Ordinal));
        Assert.Equal(2, plan.Punts.Count(punt => punt.Reason == PuntReason.TooManyRules));
        Assert.All(
            plan.Punts.Where(punt => punt.Reason == PuntReason.TooManyRules),
            punt => Assert.Contains("replies' ports", punt.Region, StringComparison.Ordinal));
    }

    [Fact]
    public void Counts_both_directions_of_a_pod_together()
    {
        OffloadPlan plan = PlanOf(Allow(1, 30, 80), Allow(101, 2, 443));

        // Replies from two peers fit besides 30; replies to 30 besides two do not: they go to four blocks that those are in.
        Assert.Equal(38, plan.Rules.Count(rule => rule.Pattern.Contains("10.2.0.")));
        PuntedRegion left = Assert.Single(plan.Punts, punt => punt.Reason == PuntReason.TooManyRules);
        Assert.Equal(Direction.Egress, left.Direction);
    }

    [Fact]
    public void Leaves_nothing_out_where_policy_is_of_few_peers()
    {
        OffloadPlan plan = PlanOf(Allow(1, 3, 80), Allow(101, 3, 443));

        Assert.Equal(12, plan.Rules.Count(rule => rule.Pattern.Contains("10.2.0.")));
        Assert.DoesNotContain(plan.Punts, punt => punt.Reason == PuntReason.TooManyRules);
    }

    private static OffloadPlan PlanOf(PolicySet ingress, PolicySet egress) =>
        OffloadPlanner.Plan(Gens.SnapshotOf([Gens.Endpoint("pod", ingress, egress, "10.1.0.1")]), s_enic, PlanOptions.Default);

    // Odd addresses: no two make up a block.
    private static PolicySet Allow(int first, int peers, ushort port) => PolicySet.Of(
        [
            new AllowRule(
                PeerSet.OfAddresses(Enumerable.Range(0, peers).Select(i => new IpAddr(IpFamily.V4, 0x0a020000u + (uint)(first + (2 * i))))),
                PortSet.Of([new L4PortRange(L4Proto.Tcp, port, port)])),
        ]);
}
