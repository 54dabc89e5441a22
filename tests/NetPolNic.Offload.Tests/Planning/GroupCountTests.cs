using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning;
using NetPolNic.Offload.Tests.Support;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Tests.Planning;

/// <summary>How many rules pods with policies in common take, and how many change.</summary>
public sealed class GroupCountTests(ITestOutputHelper output)
{
    private const int Pods = 110;

    private static readonly NicCapabilities s_mlx5 = NicProfiles.Load("mlx5");
    private static readonly AllowRule s_shared = new(Peers(0, 1000), Ports(80, 443, 8080, 9090));

    [Fact]
    public void A_policy_that_pods_share_is_there_once()
    {
        OffloadPlan plan = Plan(Enumerable.Range(0, Pods).Select(pod => Pod(pod, s_shared)));

        output.WriteLine($"{plan.Rules.Length} rules for {Pods} pods; the cross product has {Pods * 1000 * 4}");
        Assert.Equal(1234, plan.Rules.Length);
    }

    [Fact]
    public void A_policy_of_its_own_takes_only_its_own_rules()
    {
        OffloadPlan plan = Plan(Enumerable.Range(0, Pods).Select(pod => Pod(pod, s_shared, Own(pod))));

        output.WriteLine($"{plan.Rules.Length} rules for {Pods} pods; the cross product has {Pods * ((1000 * 4) + 10)}");
        Assert.Equal(2554, plan.Rules.Length);
    }

    [Fact]
    public void A_block_with_exceptions_is_as_many_rules_as_it_is_written()
    {
        AllowRule world = new(
            PeerSet.Of(
                [IpPrefix.Parse("0.0.0.0/0")],
                [IpPrefix.Parse("10.0.0.0/8"), IpPrefix.Parse("172.16.0.0/12"), IpPrefix.Parse("192.168.0.0/16")]),
            Ports(8443));
        OffloadPlan plan = Plan([Pod(0, s_shared, world)]);
        PlannedRule block = Assert.Single(plan.Rules, rule => rule.Pattern == "eth / ipv4 / end");
        PlannedRule[] exceptions = [.. plan.Rules.Where(rule => rule.Pattern.Contains("mask 255.", StringComparison.Ordinal))];

        Assert.Equal(3, exceptions.Length);
        Assert.All(exceptions, rule => Assert.Equal(block.Spec.Attr.Group, rule.Spec.Attr.Group));
        Assert.All(exceptions, rule => Assert.True(rule.Spec.Attr.Priority < block.Spec.Attr.Priority));
        Assert.All(exceptions, rule => Assert.Equal(RuleVerdict.Drop, rule.Verdict));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_pod_that_comes_or_goes_takes_four_calls_at_most(bool bothDirections)
    {
        LocalEndpoint[] pods = [.. Enumerable.Range(0, Pods).Select(pod => Pod(pod, s_shared))];
        pods = bothDirections ? [.. pods.Select(pod => pod with { Egress = pod.Ingress })] : pods;
        IncrementalPlanner planner = new(s_mlx5, PlanOptions.Default);
        planner.Update(Gens.SnapshotOf(pods[1..]));
        PlanUpdate come = planner.Update(Gens.SnapshotOf(pods));
        PlanUpdate gone = planner.Update(Gens.SnapshotOf(pods[..^1]));

        Assert.InRange(come.Added.Length, 2, 4);
        Assert.InRange(gone.Removed.Length, 2, 4);
        Assert.Empty((IEnumerable<PlannedRule>)[.. come.Removed, .. come.Changed, .. gone.Added, .. gone.Changed]);
    }

    [Fact]
    public void A_pod_with_two_addresses_takes_four_calls_for_each()
    {
        AllowRule both = s_shared with { Peers = s_shared.Peers.Union(Peers6(1000)) };
        LocalEndpoint[] pods = [.. Enumerable.Range(0, Pods).Select(pod => Dual(pod, both))];
        IncrementalPlanner planner = new(s_mlx5, PlanOptions.Default);
        planner.Update(Gens.SnapshotOf(pods[1..]));
        PlanUpdate come = planner.Update(Gens.SnapshotOf(pods));
        PlanUpdate gone = planner.Update(Gens.SnapshotOf(pods[..^1]));

        output.WriteLine($"comes: {come.Added.Length} calls, goes: {gone.Removed.Length}");
        Assert.Equal(6, come.Added.Length);
        Assert.Equal(6, gone.Removed.Length);
        Assert.Empty((IEnumerable<PlannedRule>)[.. come.Removed, .. come.Changed, .. gone.Added, .. gone.Changed]);
    }

    [Fact]
    public void A_peer_more_takes_one_call_whoever_shares_the_policy()
    {
        IncrementalPlanner planner = new(s_mlx5, PlanOptions.Default);
        planner.Update(Gens.SnapshotOf([.. Enumerable.Range(0, Pods).Select(pod => Pod(pod, s_shared))]));
        AllowRule more = s_shared with { Peers = Peers(0, 1001) };
        PlanUpdate update = planner.Update(
            Gens.SnapshotOf([.. Enumerable.Range(0, Pods).Select(pod => Pod(pod, more))]));

        Assert.Single(update.Added);
        Assert.Empty(update.Removed);
    }

    [Fact]
    public void A_peer_more_takes_few_calls_however_many_there_are()
    {
        IncrementalPlanner planner = new(s_mlx5, PlanOptions.Default);
        SortedDictionary<int, int> calls = [];
        for (int count = 1; count <= 300; count++)
        {
            AllowRule growing = s_shared with { Peers = Peers(0, count) };
            AllowRule few = new(Peers(5000, 3), Ports(9100));
            PlanUpdate update = planner.Update(
                Gens.SnapshotOf([.. Enumerable.Range(0, Pods).Select(pod => Pod(pod, growing, few))]));
            int made = update.Added.Length + update.Removed.Length;
            calls[made] = calls.GetValueOrDefault(made) + (count > 1 ? 1 : 0);
        }

        output.WriteLine(string.Join(", ", calls.Select(step => $"{step.Key} calls: {step.Value} times")));

        // One by one, four ports each, or an entry; once the peers get groups of their own.
        Assert.True(calls.Where(step => step.Key > 4).Sum(step => step.Value) <= 1);
    }

    [Fact]
    public void Other_ports_change_the_ports_only()
    {
        IncrementalPlanner planner = new(s_mlx5, PlanOptions.Default);
        planner.Update(Gens.SnapshotOf([.. Enumerable.Range(0, Pods).Select(pod => Pod(pod, s_shared))]));
        AllowRule other = s_shared with { Ports = Ports(80, 443, 8080, 9091) };
        PlanUpdate update = planner.Update(
            Gens.SnapshotOf([.. Enumerable.Range(0, Pods).Select(pod => Pod(pod, other))]));

        Assert.Single(update.Added);
        Assert.Single(update.Removed);
    }

    [Fact]
    public void A_shared_block_stays_when_a_pod_gets_another_policy_of_its_own()
    {
        IncrementalPlanner planner = new(s_mlx5, PlanOptions.Default);
        LocalEndpoint[] pods = [.. Enumerable.Range(0, Pods).Select(pod => Pod(pod, s_shared, Own(pod)))];
        planner.Update(Gens.SnapshotOf(pods));
        pods[7] = Pod(7, s_shared, Own(Pods + 7));
        PlanUpdate update = planner.Update(Gens.SnapshotOf(pods));

        Assert.InRange(update.Added.Length, 1, 20);
        Assert.InRange(update.Removed.Length, 1, 20);
    }

    [Fact]
    public void Leaves_to_the_fallback_what_no_group_is_left_for()
    {
        NicCapabilities nic = s_mlx5 with { Groups = new CapabilityFact<int>(40, "test") };
        LocalEndpoint[] pods = [.. Enumerable.Range(0, Pods).Select(pod => Pod(pod, s_shared, Own(pod)))];
        IncrementalPlanner planner = new(nic, PlanOptions.Default);
        PlanUpdate full = planner.Update(Gens.SnapshotOf(pods));
        Assert.Contains(full.Plan.Punts, punt => punt.Reason == PuntReason.TableFull);
        PlanUpdate fewer = planner.Update(Gens.SnapshotOf(pods[^20..]));
        fewer = planner.Update(Gens.SnapshotOf(pods[^20..]) with { Generation = 3 });

        Assert.All(full.Plan.Rules, rule => Assert.True(rule.Spec.Attr.Group < 40));
        Assert.DoesNotContain(fewer.Plan.Punts, punt => punt.Reason == PuntReason.TableFull);
    }

    private static OffloadPlan Plan(IEnumerable<LocalEndpoint> pods) =>
        OffloadPlanner.Plan(Gens.SnapshotOf([.. pods]), s_mlx5, PlanOptions.Default);

    private static LocalEndpoint Pod(int number, params AllowRule[] rules) => Gens.Endpoint(
        FormattableString.Invariant($"pod{number}"),
        PolicySet.Of(rules),
        PolicySet.Open,
        FormattableString.Invariant($"10.1.0.{number + 1}"));

    // Isolated in both directions, in both families.
    private static LocalEndpoint Dual(int number, AllowRule rule) => Gens.Endpoint(
        FormattableString.Invariant($"pod{number}"),
        PolicySet.Of([rule]),
        PolicySet.Of([rule]),
        FormattableString.Invariant($"10.1.0.{number + 1}"),
        FormattableString.Invariant($"fd00:1::{number + 1:x}"));

    private static PeerSet Peers6(int count) => PeerSet.OfAddresses(
        Enumerable.Range(0, count).Select(i => IpAddr.Parse(FormattableString.Invariant($"fd00:2::{(2 * i) + 1:x}"))));

    private static AllowRule Own(int pod) => new(Peers(10_000 + (10 * pod), 10), Ports(5000 + pod));

    // Odd addresses: no two make up a block.
    private static PeerSet Peers(int first, int count) => PeerSet.OfAddresses(
        Enumerable.Range(first, count).Select(i => new IpAddr(IpFamily.V4, 0x14000001u + (2 * (uint)i))));

    private static PortSet Ports(params int[] ports) =>
        PortSet.Of(ports.Select(port => new L4PortRange(L4Proto.Tcp, (ushort)port, (ushort)port)));
}
