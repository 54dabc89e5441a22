using System.Collections.Immutable;
using Dpdk.Flow;
using NetPolNic.Agent.Output;
using NetPolNic.Offload.Apply;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Agent.Tests.Output;

/// <summary>Rules that pods share name none of them; following the jumps tells whom they serve.</summary>
public sealed class RuleUsersTests
{
    private static readonly EndpointDirection s_narrow = DirectionOf("narrow", "10.9.0.1/32");
    private static readonly EndpointDirection s_wide = DirectionOf("wide", "10.8.0.0/16");
    private static readonly EndpointDirection s_open = new(PolicySet.Open, [], []);

    private static readonly PolicySnapshot s_snapshot = new(
        1,
        [
            Pod("a", "10.0.0.1", s_narrow, s_narrow),
            Pod("b", "10.0.0.2", s_narrow, s_narrow),
            Pod("c", "10.0.0.3", s_narrow, s_narrow),
            Pod("d", "10.0.0.4", s_narrow, s_narrow),
            Pod("e", "10.0.0.5", s_wide, s_open),
        ],
        []);

    private static readonly OffloadPlan s_plan =
        OffloadPlanner.Plan(s_snapshot, NicProfiles.Load("mlx5"), PlanOptions.Default);

    private readonly RuleUsers _users = RuleUsers.Of(s_plan.Rules);

    [Fact]
    public void A_shared_rule_serves_all_whose_packets_get_there()
    {
        PlannedRule[] drops = [.. s_plan.Rules.Where(rule => rule.Spec.Actions.Any(action => action is DropAction))];

        Assert.NotEmpty(drops);
        Assert.All(drops, rule => Assert.Empty(rule.Pod));
        Assert.All(drops, rule => Assert.NotEmpty(_users.PodsOf(rule)));
        string[] all = [.. drops.SelectMany(_users.PodsOf).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(["x/a", "x/b", "x/c", "x/d", "x/e"], all);
        Assert.Contains(drops, rule => _users.NamesOf(rule) == "x/a, x/b, x/c and 1 more");
        Assert.Contains(drops, rule => _users.NamesOf(rule) == "x/e");
    }

    [Fact]
    public void Each_pod_has_its_own_rules_and_what_it_shares_and_no_others()
    {
        PlannedRule[] covers = [.. s_plan.Rules.Where(rule => rule.Pattern.Contains("10.8.0.0", StringComparison.Ordinal))];

        Assert.NotEmpty(covers);
        Assert.All(covers, rule => Assert.True(_users.Serves(rule, "x/e")));
        Assert.All(covers, rule => Assert.False(_users.Serves(rule, "x/a")));
        Assert.All(s_plan.Rules.Where(rule => rule.Spec.Attr.Group < 3), rule => Assert.True(
            rule.Pod.Length > 0 ? _users.PodsOf(rule).Single() == rule.Pod : !_users.PodsOf(rule).Any()));
        foreach (string pod in (string[])["x/a", "x/d", "x/e"])
        {
            Assert.Equal(
                s_plan.Rules.Count(rule => rule.Pod.Length == 0 && _users.Serves(rule, pod)), _users.SharedCountOf(pod));
            Assert.NotEqual(0, _users.SharedCountOf(pod));
        }
    }

    [Fact]
    public void A_shared_drop_comes_from_the_lines_that_isolate_the_pod()
    {
        PlannedRule drop = s_plan.Rules.First(
            rule => rule.Spec.Actions.Any(action => action is DropAction) && _users.Serves(rule, "x/b"));

        PlannedRule served = _users.For(drop, "x/b");

        Assert.Equal("x/b", served.Pod);
        Assert.Equal(s_narrow.IsolatedBy, served.Origins);
        Assert.Equal(drop.Key, served.Key);
    }

    [Fact]
    public void What_a_driver_refuses_concerns_every_pod_that_shares_it()
    {
        PlannedRule drop = s_plan.Rules.First(
            rule => rule.Spec.Actions.Any(action => action is DropAction) && _users.Serves(rule, "x/b"));
        RuleRejection no = new(RejectReason.Unsupported, FlowErrorType.Action, -1, 95, "no");
        ApplyReport report = new(0, 0, 0, [new RefusedRule(drop, no)], [], [drop], false);

        PuntedRegion[] punts = [.. _users.PuntsOf(report)];

        Assert.Equal(["x/a", "x/b", "x/c", "x/d"], punts.Select(punt => punt.Pod));
        Assert.All(punts, punt => Assert.Equal(s_narrow.IsolatedBy, punt.Origins));
        Assert.All(punts, punt => Assert.Equal(PuntReason.RejectedByDriver, punt.Reason));
    }

    private static LocalEndpoint Pod(string name, string own, EndpointDirection ingress, EndpointDirection egress) =>
        new(name, "x", name, [IpAddr.Parse(own)], PeerSet.OfAddresses([IpAddr.Parse(own)]), ingress, egress);

    private static EndpointDirection DirectionOf(string policy, string peer)
    {
        PeerSet peers = PeerSet.Of([IpPrefix.Parse(peer)]);
        ImmutableArray<RuleOrigin> origins = [new RuleOrigin("uid", "x", policy, Direction.Ingress, 0, 0, 0)];
        PortSet ports = PortSet.Of([new L4PortRange(L4Proto.Tcp, 80, 80)]);
        return new EndpointDirection(PolicySet.Of([new AllowRule(peers, ports)]), origins, [origins]);
    }
}
