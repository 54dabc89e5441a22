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
