using Dpdk.Flow;
using NetPolNic.Agent.Observability;
using NetPolNic.Agent.Tests.Hosting;
using NetPolNic.Offload.Apply;
using NetPolNic.Offload.Planning;

namespace NetPolNic.Agent.Tests.Observability;

public sealed class RuleHitsTests
{
    [Fact]
    public void Goes_on_when_rules_come_and_go()
    {
        RuleHits hits = new();
        hits.Add("d", [Counted(10)]);
        hits.Add("d", [Counted(15)]);
        hits.Add("d", []);
        hits.Add("d", [Counted(3)]);
        hits.Add("d", [Counted(1)]); // Made anew between two looks.
        hits.Add("other", [Counted(100)]);

        Assert.Equal([("d", RuleVerdict.Drop, 19UL), ("other", RuleVerdict.Drop, 100UL)], hits.Totals());
    }

    [Fact]
    public void A_rule_that_does_not_count_is_missing()
    {
        RuleHits hits = new();
        hits.Add("d", [new RuleCounters(FakeDataPlane.Rule(RuleVerdict.Pass), null)]);

        Assert.Empty(hits.Totals());
    }

    private static RuleCounters Counted(ulong count) =>
        new(FakeDataPlane.Rule(RuleVerdict.Drop), new FlowCounters(count, 0));
}
