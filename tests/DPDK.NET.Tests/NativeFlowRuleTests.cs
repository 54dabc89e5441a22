using System.Collections.Immutable;
using Dpdk.Flow;
using Dpdk.Raw;

namespace DPDK.NET.Tests;

/// <summary>The bytes that rte_flow gets.</summary>
public sealed unsafe class NativeFlowRuleTests
{
    [Fact]
    public void Attributes_are_bits_when_written()
    {
        using NativeFlowRule rule = new(
            new FlowSpec(new FlowAttr(5, 3, Ingress: true, Egress: false, Transfer: true), [], []));
        Assert.Equal("050000000300000005000000", Hex(rule.Attr, 12));
    }

    [Fact]
    public void Lists_end_with_END_when_written()
    {
        using NativeFlowRule rule = Rule([new EthItem(), new Ipv4Item()], [new CountAction(), new DropAction()]);
        Assert.Equal([6, 8, 0], Enumerable.Range(0, 3).Select(i => (int)rule.Pattern[i].type));
        Assert.Equal([8, 7, 0], Enumerable.Range(0, 3).Select(i => (int)rule.Actions[i].type));
        for (int i = 0; i < 3; i++)
        {
            Assert.True(rule.Pattern[i].spec == null && rule.Pattern[i].last == null && rule.Pattern[i].mask == null);
        }

        Assert.True(rule.Actions[0].conf != null);
        Assert.True(rule.Actions[1].conf == null);
    }

    [Fact]
    public void Empty_lists_are_END_alone_when_written()
    {
        using NativeFlowRule rule = new(new FlowSpec(default, default, default));
        Assert.Equal((0, 0), ((int)rule.Pattern->type, (int)rule.Actions->type));
    }

    [Fact]
    public void Eth_fields_are_big_endian_when_written()
    {
        using NativeFlowRule rule = Rule(
            [
                new EthItem(
                    FieldMatch.Exact(0x0211_2233_4455UL),
                    new FieldMatch<ulong>(0x0100_0000_0000, 0x0100_0000_0000),
                    FieldMatch.Exact<ushort>(0x0800)),
            ],
            []);
        Assert.Equal("0100000000000211223344550800000000000000", Hex(rule.Pattern->spec, 20));
        Assert.Equal("010000000000ffffffffffffffff000000000000", Hex(rule.Pattern->mask, 20));
        Assert.True(rule.Pattern->last == null);
    }

    [Fact]
    public void Vlan_fields_are_big_endian_when_written()
    {
        using NativeFlowRule rule = Rule(
            [new VlanItem(new FieldMatch<ushort>(0x0064, 0x0fff), FieldMatch.Exact<ushort>(0x86dd))], []);
        Assert.Equal("006486dd00000000", Hex(rule.Pattern->spec, 8));
        Assert.Equal("0fffffff00000000", Hex(rule.Pattern->mask, 8));
    }

    [Fact]
    public void Ipv4_fields_are_big_endian_when_written()
    {
        using NativeFlowRule rule = Rule(
            [
                new Ipv4Item(
                    FieldMatch.Prefix(0x0a010000u, 16),
                    FieldMatch.Exact(0xc0a80001u),
                    FieldMatch.Exact<byte>(6),
                    new FieldMatch<ushort>(0, 0x3fff)),
            ],
            []);
        Assert.Equal("0000000000000000" + "00060000" + "0a010000" + "c0a80001", Hex(rule.Pattern->spec, 20));
        Assert.Equal("0000000000003fff" + "00ff0000" + "ffff0000" + "ffffffff", Hex(rule.Pattern->mask, 20));
    }

    [Fact]
    public void Ipv6_fields_are_big_endian_when_written()
    {
        UInt128 src = new(0x2001_0db8_0000_0000, 0);
        UInt128 dst = new(0x2001_0db8_0000_0001, 2);
        using NativeFlowRule rule = Rule(
            [
                new Ipv6Item(
                    FieldMatch.Prefix(src, 32),
                    FieldMatch.Exact(dst),
                    FieldMatch.Exact<byte>(17),
                    new FieldMatch<byte>(1, 1)),
            ],
            []);
        Assert.Equal(
            "000000000000" + "1100" + "20010db8000000000000000000000000"
            + "20010db8000000010000000000000002" + "04000000",
            Hex(rule.Pattern->spec, 44));
        Assert.Equal(
            "000000000000" + "ff00" + "ffffffff000000000000000000000000"
            + "ffffffffffffffffffffffffffffffff" + "04000000",
            Hex(rule.Pattern->mask, 44));
    }

    [Fact]
    public void Absent_fragment_header_is_a_masked_zero_when_written()
    {
        using NativeFlowRule rule = Rule([new Ipv6Item(HasFragExt: FieldMatch.Exact<byte>(0))], []);
        Assert.Equal("00000000", Hex((byte*)rule.Pattern->spec + 40, 4));
        Assert.Equal("04000000", Hex((byte*)rule.Pattern->mask + 40, 4));
    }

    [Fact]
    public void Fragment_data_is_big_endian_when_written()
    {
        using NativeFlowRule rule = Rule([new Ipv6FragExtItem(new FieldMatch<ushort>(0x0001, 0xfff9))], []);
        Assert.Equal(
            (49, "0000000100000000", "0000fff900000000"),
            ((int)rule.Pattern->type, Hex(rule.Pattern->spec, 8), Hex(rule.Pattern->mask, 8)));
    }

    [Fact]
    public void Transport_fields_are_big_endian_when_written()
    {
        using NativeFlowRule rule = Rule(
            [
                new TcpItem(
                    FieldMatch.Exact<ushort>(0x1234), FieldMatch.Exact<ushort>(80), FieldMatch.Masked<byte>(2, 0x12)),
                new UdpItem(DstL4Port: FieldMatch.Exact<ushort>(53)),
                new SctpItem(FieldMatch.Exact<ushort>(9999)),
                new IcmpItem(FieldMatch.Exact<byte>(8), FieldMatch.Exact<byte>(1)),
                new Icmp6Item(FieldMatch.Exact<byte>(128)),
            ],
            []);
        Assert.Equal([12, 11, 13, 10, 28, 0], Enumerable.Range(0, 6).Select(i => (int)rule.Pattern[i].type));
        Assert.Equal("12340050" + "0000000000000000" + "0002000000000000", Hex(rule.Pattern[0].spec, 20));
        Assert.Equal("ffffffff" + "0000000000000000" + "0012000000000000", Hex(rule.Pattern[0].mask, 20));
        Assert.Equal(
            ("0000003500000000", "0000ffff00000000"), (Hex(rule.Pattern[1].spec, 8), Hex(rule.Pattern[1].mask, 8)));
        Assert.Equal(("270f0000", "ffff0000"), (Hex(rule.Pattern[2].spec, 4), Hex(rule.Pattern[2].mask, 4)));
        Assert.Equal(("0801", "ffff"), (Hex(rule.Pattern[3].spec, 2), Hex(rule.Pattern[3].mask, 2)));
        Assert.Equal(("8000", "ff00"), (Hex(rule.Pattern[4].spec, 2), Hex(rule.Pattern[4].mask, 2)));
    }

    [Fact]
    public void Bits_outside_the_mask_are_cut_when_written()
    {
        using NativeFlowRule rule = Rule([new Ipv4Item(new FieldMatch<uint>(0x0a0102ff, 0xffff0000))], []);
        Assert.Equal("0a010000", Hex((byte*)rule.Pattern->spec + 12, 4));
    }

    [Fact]
    public void Range_sets_last_for_its_field_only_when_written()
    {
        using NativeFlowRule rule = Rule(
            [new TcpItem(FieldMatch.Exact<ushort>(7), FieldMatch.Range<ushort>(1024, 2000))], []);
        Assert.Equal("00070400", Hex(rule.Pattern->spec, 4));
        Assert.Equal("000707d0", Hex(rule.Pattern->last, 4));
        Assert.Equal("ffffffff", Hex(rule.Pattern->mask, 4));
    }

    [Fact]
    public void Range_of_one_value_is_no_range_when_written()
    {
        using NativeFlowRule rule = Rule([new TcpItem(DstL4Port: FieldMatch.Range<ushort>(80, 80))], []);
        Assert.True(rule.Pattern->last == null);
    }

    [Fact]
    public void Represented_port_is_host_order_when_written()
    {
        using NativeFlowRule rule = Rule([new RepresentedPortItem(0x0102)], [new RepresentedPortAction(3)]);
        Assert.Equal(
            (54, "0201", "ffff"), ((int)rule.Pattern->type, Hex(rule.Pattern->spec, 2), Hex(rule.Pattern->mask, 2)));
        Assert.Equal((55, "0300"), ((int)rule.Actions->type, Hex(rule.Actions->conf, 2)));
    }

    [Fact]
    public void Action_configurations_are_written_when_they_have_one()
    {
        using NativeFlowRule rule = Rule(
            [],
            [
                new MarkAction(0x123456),
                new QueueAction(2),
                new JumpAction(4),
                new AgeAction(60),
                new FlagAction(),
                new PassthruAction(),
            ]);
        Assert.Equal([4, 6, 3, 47, 5, 2, 0], Enumerable.Range(0, 7).Select(i => (int)rule.Actions[i].type));
        Assert.Equal("56341200", Hex(rule.Actions[0].conf, 4));
        Assert.Equal("0200", Hex(rule.Actions[1].conf, 2));
        Assert.Equal("04000000", Hex(rule.Actions[2].conf, 4));
        Assert.Equal("3c000000000000000000000000000000", Hex(rule.Actions[3].conf, 16));
        Assert.True(rule.Actions[4].conf == null && rule.Actions[5].conf == null);
    }

    [Fact]
    public void Rss_lists_its_own_queues_when_there_are_two()
    {
        using NativeFlowRule rule = Rule([], [new RssAction([0, 1, 2]), new RssAction([7])]);
        var first = (rte_flow_action_rss*)rule.Actions[0].conf;
        var second = (rte_flow_action_rss*)rule.Actions[1].conf;
        Assert.Equal((3u, 1u), (first->queue_num, second->queue_num));
        Assert.Equal("000001000200", Hex(first->queue, 6));
        Assert.Equal("0700", Hex(second->queue, 2));
        Assert.Equal((0u, 0u, 0UL, 0u), (first->func, first->level, first->types, first->key_len));
    }

    [Fact]
    public void Refuses_value_when_it_does_not_fit_its_field()
    {
        AssertRefused(new EthItem(Src: FieldMatch.Exact(1UL << 48)), "48 bits");
        AssertRefused(new Ipv6Item(HasFragExt: FieldMatch.Exact<byte>(2)), "one bit");
        ArgumentException age = Assert.Throws<ArgumentException>(() => Rule([], [new AgeAction(1 << 24)]));
        Assert.Contains("24 bits", age.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Rule([new UnknownItem()], []));
        Assert.Throws<ArgumentException>(() => Rule([], [new UnknownAction()]));
    }

    [Fact]
    public void Cause_is_found_when_it_points_into_the_rule()
    {
        using NativeFlowRule rule = Rule(
            [new EthItem(), new Ipv4Item(FieldMatch.Exact(1u)), new TcpItem(DstL4Port: FieldMatch.Range<ushort>(1, 2))],
            [new MarkAction(1), new DropAction()]);
        Assert.Equal((2, -1), Find(rule, rule.Pattern + 2));
        Assert.Equal((0, -1), Find(rule, rule.Pattern));
        Assert.Equal((1, -1), Find(rule, rule.Pattern[1].spec));
        Assert.Equal((1, -1), Find(rule, (byte*)rule.Pattern[1].mask + 12));
        Assert.Equal((2, -1), Find(rule, rule.Pattern[2].last));
        Assert.Equal((-1, 1), Find(rule, rule.Actions + 1));
        Assert.Equal((-1, 0), Find(rule, rule.Actions[0].conf));
        Assert.Equal((-1, -1), Find(rule, rule.Attr));
        Assert.Equal((-1, -1), Find(rule, rule.Pattern + 3));
        Assert.Equal((-1, -1), Find(rule, null));
        Assert.Equal((-1, -1), Find(rule, (void*)ulong.MaxValue));
    }

    private static (int Item, int Action) Find(NativeFlowRule rule, void* cause) =>
        (rule.ItemIndexOf(cause), rule.ActionIndexOf(cause));

    private static void AssertRefused(FlowItem item, string reason) =>
        Assert.Contains(
            reason, Assert.Throws<ArgumentException>(() => Rule([item], [])).Message, StringComparison.Ordinal);

    private static NativeFlowRule Rule(ImmutableArray<FlowItem> pattern, ImmutableArray<FlowAction> actions) =>
        new(new FlowSpec(new FlowAttr(), pattern, actions));

    private static string Hex(void* data, int length) => Convert.ToHexStringLower(new ReadOnlySpan<byte>(data, length));

    private sealed record UnknownItem : FlowItem;

    private sealed record UnknownAction : FlowAction;
}
