using System.Collections.Immutable;
using Dpdk.Flow;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Interpreter;
using NetPolNic.Offload.Planning;
using NetPolNic.Policy.Model;

namespace NetPolNic.Offload.Tests.Interpreter;

public sealed class FlowTableInterpreterTests
{
    private static readonly NicCapabilities s_full = NicProfiles.Load("full");
    private static readonly NicCapabilities s_ice = NicProfiles.Load("ice") with
    {
        L4OnFragments = new CapabilityFact<FragmentL4>(FragmentL4.First, "test"),
        Ipv6Extensions = new CapabilityFact<Ipv6Extensions>(Ipv6Extensions.None, "test"),
    };

    private static readonly NicCapabilities s_mlx5 = NicProfiles.Load("mlx5");

    private static readonly PacketHeaders s_tcp =
        new(IpAddr.Parse("10.0.0.1"), IpAddr.Parse("10.0.0.2"), 6) { SrcL4Port = 1000, DstL4Port = 80, TcpFlags = 2 };

    private static readonly PacketHeaders s_tcp6 =
        new(IpAddr.Parse("fd00::1"), IpAddr.Parse("fd00::2"), 6) { SrcL4Port = 1000, DstL4Port = 80 };

    [Fact]
    public void Punts_when_no_rule_matches() =>
        Assert.Equal(RuleVerdict.Punt, new FlowTableInterpreter([], s_full).Decide(s_tcp).Verdict);

    [Fact]
    public void Takes_the_lower_number_when_two_rules_match()
    {
        FlowTableInterpreter table = new(
            [Rule(1, [new DropAction()], new EthItem()), Rule(0, [new QueueAction(0)], new EthItem())], s_full);

        Assert.Equal(RuleVerdict.Punt, table.Decide(s_tcp).Verdict);
    }

    [Fact]
    public void Takes_the_higher_number_when_priorities_are_reversed()
    {
        FlowTableInterpreter table = new(
            [Rule(1, [new DropAction()], new EthItem()), Rule(0, [new QueueAction(0)], new EthItem())],
            s_full with { PrioritiesReversed = true });

        Assert.Equal(RuleVerdict.Drop, table.Decide(s_tcp).Verdict);
    }

    [Fact]
    public void Says_so_when_equal_priorities_disagree()
    {
        FlowTableInterpreter table = new(
            [Rule(0, [new DropAction()], new EthItem()), Rule(0, [new QueueAction(0)], new Ipv4Item())], s_full);

        Assert.True(table.Decide(s_tcp).IsAmbiguous);
    }

    [Fact]
    public void Follows_jumps_and_delivers_when_the_group_has_no_match()
    {
        FlowSpec jump = Rule(0, [new JumpAction(3)], new EthItem());
        FlowSpec drop = Rule(0, [new DropAction()], new EthItem(), new Ipv4Item(), new UdpItem());
        FlowTableInterpreter table = new([jump, drop with { Attr = new FlowAttr(Group: 3) }], s_full);

        Assert.Equal(RuleVerdict.Punt, table.Decide(s_tcp).Verdict);
        Assert.Equal(RuleVerdict.Drop, table.Decide(s_tcp with { Proto = 17 }).Verdict);
    }

    [Fact]
    public void Leaves_the_packet_to_the_next_rule_when_told_to_pass_through()
    {
        FlowTableInterpreter table = new(
            [
                Rule(0, [new CountAction(), new PassthruAction()], new EthItem()),
                Rule(1, [new DropAction()], new EthItem()),
            ],
            s_full);

        Assert.Equal(RuleVerdict.Drop, table.Decide(s_tcp).Verdict);
    }

    [Theory]
    [InlineData(1, RuleVerdict.Pass)]
    [InlineData(2, RuleVerdict.Punt)]
    public void Passes_when_the_mark_is_the_pass_mark(uint mark, RuleVerdict verdict)
    {
        FlowTableInterpreter table = new([Rule(0, [new MarkAction(mark), new QueueAction(0)], new EthItem())], s_full);

        Assert.Equal(verdict, table.Decide(s_tcp).Verdict);
    }

    [Fact]
    public void Matches_l4_on_a_first_fragment_when_the_nic_does()
    {
        PacketHeaders first = s_tcp with { MoreFragments = true };

        Assert.True(Matches(s_ice, first, new Ipv4Item(), new TcpItem()));
        Assert.False(Matches(s_mlx5, first, new Ipv4Item(), new TcpItem()));
    }

    [Fact]
    public void Never_matches_l4_on_a_later_fragment() =>
        Assert.False(Matches(s_ice, s_tcp with { FragmentOffset = 1 }, new Ipv4Item(), new TcpItem()));

    [Fact]
    public void Matches_a_later_fragment_by_an_l4_item_alone_when_the_nic_does()
    {
        NicCapabilities tap = NicProfiles.Load("tap");
        PacketHeaders later = s_tcp with { FragmentOffset = 1 };

        Assert.True(Matches(tap, later, new Ipv4Item(), new TcpItem()));
        Assert.False(Matches(tap, later, new Ipv4Item(), new UdpItem()));
        Assert.False(Matches(tap, later, new Ipv4Item(), new TcpItem(DstL4Port: FieldMatch.Exact<ushort>(0))));
    }

    [Fact]
    public void Compares_ipv6_proto_with_the_last_header_when_the_nic_does() => Assert.True(Matches(
        NicProfiles.Load("tap"), s_tcp6 with { Extensions = [0, 43] }, new Ipv6Item(Proto: FieldMatch.Exact<byte>(6))));

    [Fact]
    public void Looks_behind_extension_headers_when_the_nic_does()
    {
        PacketHeaders behind = s_tcp6 with { Extensions = [0, 43] };

        Assert.True(Matches(s_mlx5, behind, new Ipv6Item(), new TcpItem()));
        Assert.False(Matches(s_ice, behind, new Ipv6Item(), new TcpItem()));
        Assert.False(Matches(s_mlx5, behind, new Ipv6Item(Proto: FieldMatch.Exact<byte>(6))));
    }

    [Fact]
    public void Sees_a_fragment_header_anywhere_in_the_chain()
    {
        Ipv6Item none = new(HasFragExt: new FieldMatch<byte>(0, 1));

        Assert.True(Matches(s_full, s_tcp6, none));
        Assert.False(Matches(s_full, s_tcp6 with { Extensions = [0, 44] }, none));
    }

    [Fact]
    public void Compares_under_the_mask_and_within_the_range()
    {
        Assert.True(Matches(s_full, s_tcp, new Ipv4Item(), new TcpItem(Flags: new FieldMatch<byte>(0x02, 0x12))));
        Assert.False(Matches(
            s_full,
            s_tcp with { TcpFlags = 0x12 },
            new Ipv4Item(),
            new TcpItem(Flags: new FieldMatch<byte>(0x02, 0x12))));
        Assert.True(Matches(s_full, s_tcp, new Ipv4Item(), new TcpItem(DstL4Port: FieldMatch.Range<ushort>(79, 80))));
        Assert.False(Matches(s_full, s_tcp, new Ipv4Item(), new TcpItem(DstL4Port: FieldMatch.Range<ushort>(81, 90))));
    }

    private static bool Matches(NicCapabilities nic, PacketHeaders packet, params FlowItem[] items) =>
        new FlowTableInterpreter([], nic).Matches([.. items], packet);

    private static FlowSpec Rule(uint priority, ImmutableArray<FlowAction> actions, params FlowItem[] items) =>
        new(new FlowAttr(Priority: priority), [.. items], actions);
}
