using Dpdk.Flow;
using NetPolNic.Offload.Planning;

namespace NetPolNic.Offload.Tests.Planning;

public sealed class RuleKeyTests
{
    [Fact]
    public void Differs_when_any_part_of_the_rule_does()
    {
        FlowSpec[] rules =
        [
            Rule(new EthItem()),
            Rule(new EthItem()) with { Attr = new FlowAttr(Priority: 1) },
            Rule(new EthItem()) with { Attr = new FlowAttr(Group: 1) },
            Rule(new EthItem()) with { Actions = [new DropAction(), new CountAction()] },
            Rule(new EthItem()) with { Actions = [new QueueAction(0)] },
            Rule(new EthItem()) with { Actions = [new QueueAction(1)] },
            Rule(new EthItem()) with { Actions = [new RssAction([0, 1])] },
            Rule(new EthItem()) with { Actions = [new RssAction([0]), new QueueAction(1)] },
            Rule(new Ipv4Item(Src: FieldMatch.Exact(1u))),
            Rule(new Ipv4Item(Dst: FieldMatch.Exact(1u))),
            Rule(new Ipv4Item(Dst: FieldMatch.Prefix(0u, 8))),
            Rule(new Ipv4Item(), new TcpItem()),
            Rule(new Ipv4Item(), new UdpItem()),
            Rule(new Ipv4Item(), new TcpItem(DstL4Port: FieldMatch.Exact<ushort>(1))),
            Rule(new Ipv4Item(), new TcpItem(DstL4Port: FieldMatch.Range<ushort>(1, 2))),
        ];

        Assert.Equal(rules.Length, rules.Select(RuleKey.Of).Distinct().Count());
    }

    [Fact]
    public void Is_the_same_in_every_process() => Assert.Equal(
        RuleKey.Of(Rule(new Ipv4Item(Src: FieldMatch.Exact(1u)))),
        RuleKey.Of(Rule(new Ipv4Item(Src: new FieldMatch<uint>(1, uint.MaxValue)))));

    private static FlowSpec Rule(params FlowItem[] items) =>
        new(new FlowAttr(Priority: 0), [.. items], [new DropAction()]);
}
