using Dpdk.Flow;
using NetPolNic.Agent.Hosting;
using NetPolNic.Fallback.Decision;
using NetPolNic.Offload.Apply;
using NetPolNic.Offload.Planning;
using NetPolNic.Offload.Planning.Budget;
using NetPolNic.Policy.Model;

namespace NetPolNic.Agent.Tests.Hosting;

public sealed class TrafficMeterTests
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);
    private static readonly PlannedRule s_drop = Rule(1, RuleVerdict.Drop, new DropAction());
    private static readonly PlannedRule s_punt = Rule(0, RuleVerdict.Punt, new QueueAction(0));

    [Fact]
    public void The_first_sample_only_sets_the_start()
    {
        TrafficMeter meter = new();

        Assert.Null(meter.Take(s_second, [[Counted(s_drop, 1_000_000)]], []));

        TrafficSample sample = meter.Take(s_second, [[Counted(s_drop, 1_000_010), Counted(s_punt, 5)]], [])!;
        Assert.Equal(new RuleHit(10), Assert.Single(sample.Hits).Value);
    }

    [Fact]
    public void Ports_are_added_up_and_a_rule_made_anew_counts_from_zero()
    {
        TrafficMeter meter = new();
        meter.Take(s_second, [[Counted(s_drop, 100)], [Counted(s_drop, 7)]], []);

        TrafficSample sample = meter.Take(s_second, [[Counted(s_drop, 4)], [Counted(s_drop, 9)]], [])!;

        Assert.Equal(new RuleHit(6), sample.Hits[s_drop.Key]);
    }

    [Fact]
    public void A_rule_that_does_not_count_is_there_all_the_same()
    {
        TrafficMeter meter = new();
        meter.Take(s_second, [], []);

        TrafficSample sample = meter.Take(s_second, [[new RuleCounters(s_drop, null)]], [])!;

        Assert.Equal(new RuleHit(null), sample.Hits[s_drop.Key]);
    }

    [Fact]
    public void After_a_pause_it_begins_anew()
    {
        TrafficMeter meter = new();
        meter.Take(s_second, [[Counted(s_drop, 100)]], []);
        meter.Pause();

        Assert.Null(meter.Take(s_second, [[Counted(s_drop, 300)]], []));
    }

    [Fact]
    public void Denied_packets_come_by_pair_and_by_pod()
    {
        IpAddr a = IpAddr.Parse("10.0.0.1");
        IpAddr b = IpAddr.Parse("10.0.0.2");
        TrafficMeter meter = new();
        meter.Take(s_second, [], []);

        TrafficSample sample = meter.Take(
            s_second,
            [],
            [
                new DeniedTallyEntry(a, b, 6, DropReason.IngressDenied, IsBareSyn: true, IsFragment: false, 5),
                new DeniedTallyEntry(a, b, 17, DropReason.IngressDenied, IsBareSyn: false, IsFragment: true, 4),
                new DeniedTallyEntry(null, b, 0, DropReason.IngressDenied, IsBareSyn: false, IsFragment: false, 9),
                new DeniedTallyEntry(a, null, 0, DropReason.EgressDenied, IsBareSyn: false, IsFragment: false, 2),
            ])!;

        Assert.Equal(
            [
                new DeniedPair(a, b, 6, DeniedKind.BareSyn, 5) { DeniedBy = Direction.Ingress },
                new DeniedPair(a, b, 17, DeniedKind.Fragment, 4) { DeniedBy = Direction.Ingress },
            ],
            sample.Pairs);
        Assert.Equal(
            [new DeniedTotal(b, Direction.Ingress, 9), new DeniedTotal(a, Direction.Egress, 2)], sample.Totals);
    }

    private static RuleCounters Counted(PlannedRule rule, ulong hits) => new(rule, new FlowCounters(hits, hits * 64));

    private static PlannedRule Rule(uint priority, RuleVerdict verdict, FlowAction action)
    {
        FlowSpec spec = new(new FlowAttr(Priority: priority), [], [action]);
        return new PlannedRule(RuleKey.Of(spec), spec, verdict, "x/a", Direction.Ingress, [], []);
    }
}
