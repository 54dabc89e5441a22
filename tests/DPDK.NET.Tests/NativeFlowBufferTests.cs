using System.Collections.Immutable;
using Dpdk.Flow;

namespace DPDK.NET.Tests;

/// <summary>A rule written over another is the same, byte for byte, as one in fresh memory.</summary>
public sealed unsafe class NativeFlowBufferTests
{
    private static readonly ImmutableArray<FlowAction> s_drop = [new CountAction(), new DropAction()];
    private static readonly ImmutableArray<FlowAction> s_rss = [new RssAction([1, 2, 3])];
    private static readonly EthItem s_eth = new();

    private static readonly FlowSpec[] s_specs =
    [
        Of(s_drop, s_eth, new Ipv4Item(Src: FieldMatch.Exact(0x0a000001u)), new TcpItem(DstL4Port: FieldMatch.Exact<ushort>(80))),
        Of(s_drop, s_eth, new Ipv4Item(Dst: FieldMatch.Prefix(0x0a000000u, 8)), new TcpItem(Flags: FieldMatch.Exact<byte>(2))),
        Of(s_drop, s_eth, new Ipv4Item(), new TcpItem(DstL4Port: FieldMatch.Range<ushort>(80, 90))),
        Of(s_drop, s_eth, new Ipv6Item(Src: FieldMatch.Exact<UInt128>(1)), new UdpItem()),
        Of(s_rss, s_eth, new Ipv4Item(Proto: FieldMatch.Exact<byte>(6)), new UdpItem(SrcL4Port: FieldMatch.Exact<ushort>(53))),
        Of(s_rss, s_eth, new Ipv6Item()),

        // The same fields with other values, with other masks, and with a field more: what is written over by values.
        Of(s_drop, new EthItem(), new Ipv4Item(Src: FieldMatch.Exact(0x0a0000feu)), new TcpItem(DstL4Port: FieldMatch.Exact<ushort>(81))),
        Of(s_drop, s_eth, new Ipv4Item(Src: FieldMatch.Prefix(0x0a000000u, 24)), new TcpItem(DstL4Port: FieldMatch.Masked<ushort>(80, 0xfff0))),
        Of(
            s_drop,
            new EthItem(EtherType: FieldMatch.Exact<ushort>(0x0800)),
            new Ipv4Item(
                FieldMatch.Exact(1u), FieldMatch.Exact(2u), FieldMatch.Exact<byte>(6), FieldMatch.Masked<ushort>(0, 0x3fff)),
            new TcpItem(FieldMatch.Exact<ushort>(1), FieldMatch.Exact<ushort>(2), FieldMatch.Masked<byte>(2, 0x12))),
        Of(
            s_drop,
            new EthItem(EtherType: FieldMatch.Exact<ushort>(0x86dd)),
            new Ipv4Item(
                FieldMatch.Exact(3u), FieldMatch.Exact(4u), FieldMatch.Exact<byte>(17), FieldMatch.Masked<ushort>(1, 0x3fff)),
            new TcpItem(FieldMatch.Exact<ushort>(3), FieldMatch.Exact<ushort>(4), FieldMatch.Masked<byte>(0x10, 0x12))),
        Of(s_drop, new EthItem(Dst: FieldMatch.Exact(5ul)), new Ipv4Item(), new TcpItem(DstL4Port: FieldMatch.Range<ushort>(80, 99))),
        Of(s_drop, s_eth, new Ipv6Item(Src: FieldMatch.Exact<UInt128>(2)), new UdpItem()),
        Of(
            s_drop,
            s_eth,
            new Ipv6Item(FieldMatch.Exact<UInt128>(3), FieldMatch.Prefix(UInt128.One << 64, 64), FieldMatch.Exact<byte>(6)),
            new UdpItem(FieldMatch.Exact<ushort>(5), FieldMatch.Exact<ushort>(6))),
        Of(
            s_drop,
            s_eth,
            new Ipv6Item(FieldMatch.Exact<UInt128>(4), FieldMatch.Prefix(UInt128.One << 65, 64), FieldMatch.Exact<byte>(17)),
            new UdpItem(FieldMatch.Exact<ushort>(7), FieldMatch.Exact<ushort>(8))),
        Of(s_drop, s_eth, new Ipv6Item(HasFragExt: FieldMatch.Masked<byte>(1, 1)), new UdpItem()),
        Of(s_drop, s_eth, new Ipv6Item(HasFragExt: FieldMatch.Masked<byte>(0, 1)), new UdpItem()),

        // Bits outside the mask are left out, whichever way a rule is written.
        Of(s_drop, s_eth, new Ipv4Item(Src: new FieldMatch<uint>(0x0a0000ffu, 0xffffff00u)), new TcpItem()),
        Of(s_drop, s_eth, new Ipv4Item(Src: new FieldMatch<uint>(0x0a0001ffu, 0xffffff00u)), new TcpItem()),
        Of(s_drop),
        new FlowSpec(new FlowAttr(Group: 3, Priority: 2), default, default),
    ];

    [Fact]
    public void Writes_each_rule_over_each_other_as_into_fresh_memory()
    {
        NativeFlowBuffer buffer = new();
        foreach (FlowSpec before in s_specs)
        {
            foreach (FlowSpec spec in s_specs)
            {
                buffer.Write(before);
                Check(spec, in buffer.Write(spec));
            }
        }

        GC.KeepAlive(buffer);
    }

    [Fact]
    public void Builds_nothing_on_a_rule_that_did_not_fit()
    {
        NativeFlowBuffer buffer = new();
        FlowSpec good = Of(s_drop, s_eth, new Ipv4Item());
        FlowSpec bad = Of(s_drop, new EthItem(Src: FieldMatch.Exact(1ul << 48)), new Ipv4Item());
        buffer.Write(good);
        Assert.Throws<ArgumentException>(() => { buffer.Write(bad); });
        Check(good, in buffer.Write(good));
        GC.KeepAlive(buffer);
    }

    private static FlowSpec Of(ImmutableArray<FlowAction> actions, params FlowItem[] items) =>
        new(new FlowAttr(Priority: (uint)items.Length), [.. items], actions);

    private static void Check(FlowSpec spec, in NativeFlowRule actual)
    {
        using NativeFlowRule expected = new(spec);
        Assert.Equal(expected.Attr->group, actual.Attr->group);
        Assert.Equal(expected.Attr->priority, actual.Attr->priority);
        int items = spec.Pattern.IsDefault ? 0 : spec.Pattern.Length;
        for (int i = 0; i <= items; i++)
        {
            Assert.Equal(expected.Pattern[i].type, actual.Pattern[i].type);
            CheckBlock(expected.Pattern[i].spec, actual.Pattern[i].spec);
            CheckBlock(expected.Pattern[i].last, actual.Pattern[i].last);
            CheckBlock(expected.Pattern[i].mask, actual.Pattern[i].mask);
        }

        int actions = spec.Actions.IsDefault ? 0 : spec.Actions.Length;
        for (int i = 0; i <= actions; i++)
        {
            Assert.Equal(expected.Actions[i].type, actual.Actions[i].type);
            Assert.Equal(expected.Actions[i].conf == null, actual.Actions[i].conf == null);
        }
    }

    private static void CheckBlock(void* expected, void* actual)
    {
        Assert.Equal(expected == null, actual == null);
        if (expected != null)
        {
            Assert.Equal(
                new ReadOnlySpan<byte>(expected, NativeFlowRule.BlockBytes).ToArray(),
                new ReadOnlySpan<byte>(actual, NativeFlowRule.BlockBytes).ToArray());
        }
    }
}
