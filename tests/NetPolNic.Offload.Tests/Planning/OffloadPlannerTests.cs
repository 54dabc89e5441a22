using CsCheck;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning;
using NetPolNic.Offload.Tests.Support;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Tests.Planning;

public sealed class OffloadPlannerTests
{
    private static readonly PolicySet s_redis = Allow("10.0.0.2/32", new L4PortRange(L4Proto.Tcp, 6379, 6379));

    [Fact]
    public void Drops_bare_syns_that_no_rule_allows_when_only_ingress_is_isolated() => Golden(
        "mlx5",
        Gens.SnapshotOf(Gens.Endpoint("db", s_redis, PolicySet.Open, "10.0.0.5")),
        "0/0 Punt eth / ipv4 src is 10.0.0.5 dst is 10.0.0.5 / end actions count / queue index 0 / end",
        "0/0 Punt eth / ipv4 src is 192.168.0.1 / end actions count / queue index 0 / end",
        "0/0 Punt eth / ipv4 src is 10.0.0.2 dst is 10.0.0.5 / tcp dst is 6379 / end " +
        "actions count / queue index 0 / end",
        "0/1 Drop eth / ipv4 dst is 10.0.0.5 fragment_offset spec 0x0 fragment_offset mask 0x3fff / " +
        "tcp flags spec 0x2 flags mask 0x12 / end actions count / drop / end");

    [Fact]
    public void Drops_nothing_without_tcp_flags_when_the_pod_may_have_asked()
    {
        OffloadPlan plan = Plan("ice", Gens.SnapshotOf(Gens.Endpoint("db", s_redis, PolicySet.Open, "10.0.0.5")));

        Assert.Empty(plan.Rules);
        PuntedRegion tcp = Assert.Single(plan.Punts, punt => punt.Reason == PuntReason.TcpFlagsUnsupported);
        Assert.Equal(
            ("default/db", Direction.Ingress, "tcp 10.0.0.5 ← any", "tcp.flags"),
            (tcp.Pod, tcp.Direction, tcp.Region, tcp.Field));
        Assert.Contains("ice_switch_filter.c", tcp.Fact, StringComparison.Ordinal);
        Assert.NotEmpty(tcp.Origins);
        Assert.Contains(
            plan.Punts,
            punt => punt.Reason == PuntReason.NeedsConnectionState && punt.Region == "udp 10.0.0.5 ← any");
        Assert.Contains(plan.Punts, punt => punt.Reason == PuntReason.RelatedIcmp);
    }

    [Fact]
    public void Drops_whole_protocols_by_the_header_when_nothing_is_allowed_in_either_role() => Golden(
        "ice",
        Gens.SnapshotOf(Gens.Endpoint("a", PolicySet.Closed, PolicySet.Closed, "10.0.0.5")),
        "0/0 Punt eth / ipv4 src is 10.0.0.5 dst is 10.0.0.5 / end actions queue index 0 / end",
        "0/0 Punt eth / ipv4 src is 192.168.0.1 / end actions queue index 0 / end",
        "0/0 Punt eth / ipv4 dst is 192.168.0.1 / end actions queue index 0 / end",
        "0/1 Drop eth / ipv4 dst is 10.0.0.5 proto is 6 / end actions drop / end",
        "0/1 Drop eth / ipv4 dst is 10.0.0.5 proto is 17 / end actions drop / end",
        "0/1 Drop eth / ipv4 dst is 10.0.0.5 proto is 132 / end actions drop / end",
        "0/1 Drop eth / ipv4 src is 10.0.0.5 proto is 6 / end actions drop / end",
        "0/1 Drop eth / ipv4 src is 10.0.0.5 proto is 17 / end actions drop / end",
        "0/1 Drop eth / ipv4 src is 10.0.0.5 proto is 132 / end actions drop / end");

    [Fact]
    public void Covers_replies_but_not_their_bare_syns_when_the_pod_may_ask()
    {
        PolicySet dns = Allow("8.8.8.8/32", new L4PortRange(L4Proto.Tcp, 53, 53));
        OffloadPlan plan = Plan("mlx5", Gens.SnapshotOf(Gens.Endpoint("a", PolicySet.Closed, dns, "10.0.0.5")));

        string[] replies =
        [
            .. plan.Rules.Where(rule => rule.Direction == Direction.Ingress && Names(rule, "8.8.8.8"))
                .Select(rule => rule.Pattern),
        ];
        Assert.Equal(
            [
                "eth / ipv4 src is 8.8.8.8 dst is 10.0.0.5 / tcp src is 53 flags spec 0x0 flags mask 0x2 / end",
                "eth / ipv4 src is 8.8.8.8 dst is 10.0.0.5 / tcp src is 53 flags spec 0x10 flags mask 0x10 / end",
            ],
            replies);
    }

    [Fact]
    public void Passes_open_pods_above_the_remainder_of_isolated_ones() => Golden(
        "mlx5",
        Gens.SnapshotOf(
            Gens.Endpoint("open", PolicySet.Open, PolicySet.Open, "10.0.0.6"),
            Gens.Endpoint("quiet", Everything(), PolicySet.Open, "10.0.0.5")),
        "0/2 Punt eth / ipv4 dst is 10.0.0.5 / end actions count / queue index 0 / end",
        "0/2 Punt eth / ipv4 src is 10.0.0.5 / end actions count / queue index 0 / end",
        "0/3 Pass eth / ipv4 dst is 10.0.0.6 / end actions count / mark id 1 / queue index 0 / end",
        "0/3 Pass eth / ipv4 src is 10.0.0.6 / end actions count / mark id 1 / queue index 0 / end");

    [Fact]
    public void Drops_pairs_of_local_pods_when_the_nic_has_one_priority() => Golden(
        "i40e",
        Gens.SnapshotOf(
            Gens.Endpoint("a", PolicySet.Closed, PolicySet.Closed, "10.0.0.5"),
            Gens.Endpoint("b", PolicySet.Open, PolicySet.Open, "10.0.0.6")),
        "0/0 Drop eth / ipv4 src is 10.0.0.6 dst is 10.0.0.5 / tcp / end actions drop / end",
        "0/0 Drop eth / ipv4 src is 10.0.0.6 dst is 10.0.0.5 / udp / end actions drop / end",
        "0/0 Drop eth / ipv4 src is 10.0.0.6 dst is 10.0.0.5 / sctp / end actions drop / end",
        "0/0 Drop eth / ipv4 src is 10.0.0.5 dst is 10.0.0.6 / tcp / end actions drop / end",
        "0/0 Drop eth / ipv4 src is 10.0.0.5 dst is 10.0.0.6 / udp / end actions drop / end",
        "0/0 Drop eth / ipv4 src is 10.0.0.5 dst is 10.0.0.6 / sctp / end actions drop / end");

    [Fact]
    public void Uses_ranges_only_when_the_profile_has_them()
    {
        PolicySnapshot snapshot = Gens.SnapshotOf(Gens.Endpoint(
            "a", Allow("8.8.8.8/32", new L4PortRange(L4Proto.Tcp, 1024, 65535)), PolicySet.Open, "10.0.0.5"));

        Assert.Contains(Plan("full", snapshot).Rules, rule => Names(rule, "dst last"));
        Assert.Equal(6, Plan("mlx5", snapshot).Rules.Count(rule => Names(rule, "8.8.8.8")));
        Assert.DoesNotContain(Plan("mlx5", snapshot).Rules, rule => Names(rule, "last"));
    }

    [Fact]
    public void Says_that_a_peer_is_punted_whole_when_its_range_takes_too_many_rules()
    {
        PolicySnapshot snapshot = Gens.SnapshotOf(Gens.Endpoint(
            "a", Allow("8.8.8.8/32", new L4PortRange(L4Proto.Tcp, 1, 65534)), PolicySet.Open, "10.0.0.5"));

        OffloadPlan plan = OffloadPlanner.Plan(
            snapshot, Flat.Load("mlx5"), PlanOptions.Default with { MaxExpansion = 8 });

        Assert.Contains(plan.Rules, rule => rule.Pattern == "eth / ipv4 src is 8.8.8.8 dst is 10.0.0.5 / tcp / end");
        PuntedRegion widened = Assert.Single(plan.Punts, punt => punt.Reason == PuntReason.PortRangeUnsupported);
        Assert.Equal("tcp.dst", widened.Field);
    }

    [Fact]
    public void Drops_bare_syns_only_when_established_connections_are_kept()
    {
        OffloadPlan plan = OffloadPlanner.Plan(
            Gens.SnapshotOf(Gens.Endpoint("a", PolicySet.Closed, PolicySet.Closed, "10.0.0.5")),
            Flat.Load("mlx5"),
            PlanOptions.Default with { KeepEstablished = true });

        Assert.Equal(2, plan.Rules.Count(rule => rule.Verdict == RuleVerdict.Drop));
        Assert.All(
            plan.Rules.Where(rule => rule.Verdict == RuleVerdict.Drop),
            rule => Assert.Contains("flags spec 0x2 flags mask 0x12", rule.Pattern, StringComparison.Ordinal));
    }

    [Fact]
    public void Leaves_an_address_alone_that_two_pods_claim()
    {
        OffloadPlan plan = Plan("mlx5", Gens.SnapshotOf(
            Gens.Endpoint("a", PolicySet.Closed, PolicySet.Closed, "10.0.0.5"),
            Gens.Endpoint("b", PolicySet.Open, PolicySet.Open, "10.0.0.5")));

        Assert.Empty(plan.Rules);
        Assert.Contains(plan.Punts, punt => punt.Reason == PuntReason.AddressAmbiguous);
    }

    [Fact]
    public void Leaves_whole_units_out_when_the_table_is_too_small()
    {
        NicCapabilities nic = Flat.Load("mlx5") with { TableSize = new CapabilityFact<int>(7, "test") };
        PolicySnapshot snapshot = Gens.SnapshotOf(
            Gens.Endpoint("a", s_redis, PolicySet.Open, "10.0.0.5"),
            Gens.Endpoint("b", s_redis, PolicySet.Open, "10.0.0.6"),
            Gens.Endpoint("c", PolicySet.Closed, PolicySet.Open, "10.0.0.7"));

        OffloadPlan plan = OffloadPlanner.Plan(snapshot, nic, PlanOptions.Default);

        // A cover of the node for both, and what is each one's own.
        Assert.Equal(6, plan.Rules.Length);
        Assert.Equal("default/b", Assert.Single(plan.Punts, punt => punt.Reason == PuntReason.TableFull).Pod);
    }

    [Fact]
    public void Refuses_options_without_a_queue() => Assert.Throws<ArgumentException>(
        () => OffloadPlanner.Plan(
            PolicySnapshot.Empty, NicProfiles.Load("full"), PlanOptions.Default with { Queues = [] }));

    [Fact]
    public void Does_not_depend_on_the_order_of_pods() =>
        Gen.Select(Gens.Snapshot, Gen.Int, NicGens.Shipped).Sample(
            (snapshot, seed, nic) =>
            {
                LocalEndpoint[] shuffled = [.. snapshot.Endpoints];
                new Random(seed).Shuffle(shuffled);
                OffloadPlan plan = OffloadPlanner.Plan(snapshot, nic, PlanOptions.Default);
                OffloadPlan other = OffloadPlanner.Plan(
                    snapshot with { Endpoints = [.. shuffled] }, nic, PlanOptions.Default);
                Assert.Equal(plan.Rules.Select(rule => rule.ToString()), other.Rules.Select(rule => rule.ToString()));
                Assert.Equal(plan.Rules.Select(rule => rule.Key), other.Rules.Select(rule => rule.Key));
                Assert.Equal(
                    plan.Punts.Select(punt => $"{punt.Pod} {punt.Region} {punt.Reason}"),
                    other.Punts.Select(punt => $"{punt.Pod} {punt.Region} {punt.Reason}"));
            },
            iter: 150);

    [Fact]
    public void Stays_within_the_profile_and_brings_every_dependency() =>
        Gen.Select(Gens.Snapshot, NicGens.Arbitrary, Gens.Options).Sample(
            (snapshot, nic, options) =>
            {
                OffloadPlan plan = OffloadPlanner.Plan(snapshot, nic, options);
                HashSet<RuleKey> keys = [.. plan.Rules.Select(rule => rule.Key)];
                Assert.Equal(plan.Rules.Length, keys.Count);
                Assert.True(keys.Count <= nic.TableSize.Value);
                Assert.All(plan.Rules, rule => Assert.Null(CapabilityChecker.FirstViolation(rule.Spec, nic)));
                Assert.All(plan.Rules, rule => Assert.True(keys.IsSupersetOf(rule.DependsOn)));
                Assert.All(plan.Rules, rule => Assert.Equal(RuleKey.Of(rule.Spec), rule.Key));
                HashSet<RuleKey> needed = [.. plan.Rules.SelectMany(rule => rule.DependsOn)];
                Assert.All(
                    plan.Rules.Where(rule => rule.Verdict == RuleVerdict.Punt),
                    rule => Assert.Contains(rule.Key, needed));
            },
            iter: 400);

    private static bool Names(PlannedRule rule, string text) => rule.Pattern.Contains(text, StringComparison.Ordinal);

    private static void Golden(string profile, PolicySnapshot snapshot, params string[] rules) =>
        Assert.Equal(rules, Plan(profile, snapshot).Rules.Select(rule => rule.ToString()));

    private static OffloadPlan Plan(string profile, PolicySnapshot snapshot) =>
        OffloadPlanner.Plan(snapshot, Flat.Load(profile), PlanOptions.Default);

    private static PolicySet Allow(string peer, params L4PortRange[] ports) =>
        PolicySet.Of([new AllowRule(PeerSet.Of([IpPrefix.Parse(peer)]), PortSet.Of(ports))]);

    private static PolicySet Everything() => PolicySet.Of([new AllowRule(PeerSet.Everything, PortSet.AllTraffic)]);
}
