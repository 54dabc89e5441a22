using System.Collections.Immutable;
using Dpdk.Flow;

namespace DPDK.NET.Tests;

/// <summary>Rules as testpmd's text, and that text read by stock testpmd.</summary>
public sealed class TestpmdSyntaxTests
{
    private const string Head = "flow create 0 group 0 priority 3 ingress pattern ";

    private static readonly UInt128 s_address6 = new(0x2001_0db8_0000_0000, 1);

    private static readonly FlowSpec[] s_specs =
    [
        Spec(
            [
                new EthItem(),
                new Ipv4Item(FieldMatch.Prefix(0x0a000000u, 8), FieldMatch.Exact(0x0a010203u)),
                new TcpItem(DstL4Port: FieldMatch.Exact<ushort>(80)),
            ],
            [new CountAction(), new DropAction()]),
        Spec(
            [
                new EthItem(
                    FieldMatch.Exact(0x0211_2233_4455UL),
                    new FieldMatch<ulong>(0x0100_0000_0000, 0x0100_0000_0000),
                    FieldMatch.Exact<ushort>(0x0806)),
            ],
            [new DropAction()]),
        Spec(
            [
                new EthItem(),
                new VlanItem(new FieldMatch<ushort>(100, 0x0fff), FieldMatch.Exact<ushort>(0x0800)),
                new Ipv4Item(),
            ],
            [new PassthruAction()]),
        Spec(
            [
                new EthItem(),
                new Ipv4Item(Proto: FieldMatch.Exact<byte>(132), FragmentOffset: new FieldMatch<ushort>(0, 0x3fff)),
            ],
            [new QueueAction(0)]),
        Spec(
            [
                new EthItem(),
                new Ipv6Item(
                    FieldMatch.Prefix(s_address6 - 1, 32),
                    FieldMatch.Exact(s_address6),
                    FieldMatch.Exact<byte>(6),
                    FieldMatch.Exact<byte>(0)),
            ],
            [new MarkAction(7), new QueueAction(0)]),
        Spec(
            [
                new EthItem(),
                new Ipv6Item(HasFragExt: new FieldMatch<byte>(1, 1)),
                new Ipv6FragExtItem(new FieldMatch<ushort>(0, 0xfff8)),
            ],
            [new DropAction()]),
        Spec([new EthItem(), new Ipv6Item(), new Ipv6FragExtItem()], [new DropAction()]),
        Spec(
            [new EthItem(), new Ipv4Item(), new TcpItem(Flags: FieldMatch.Masked<byte>(0x02, 0x12))],
            [new FlagAction(), new RssAction([0])]),
        Spec(
            [
                new EthItem(),
                new Ipv4Item(),
                new TcpItem(FieldMatch.Prefix<ushort>(1024, 6), FieldMatch.Range<ushort>(80, 90)),
            ],
            [new JumpAction(1)]),
        Spec(
            [
                new EthItem(),
                new Ipv4Item(),
                new UdpItem(FieldMatch.Exact<ushort>(53), FieldMatch.Masked<ushort>(0x0400, 0xfc00)),
            ],
            [new AgeAction(60), new DropAction()]),
        Spec(
            [new EthItem(), new Ipv4Item(), new SctpItem(FieldMatch.Exact<ushort>(9999), FieldMatch.Exact<ushort>(1))],
            [new RssAction([0, 1, 2])]),
        Spec(
            [new EthItem(), new Ipv4Item(), new IcmpItem(FieldMatch.Exact<byte>(8), FieldMatch.Exact<byte>(0))],
            [new DropAction()]),
        Spec(
            [
                new EthItem(),
                new Ipv6Item(),
                new Icmp6Item(FieldMatch.Masked<byte>(128, 0xfe), FieldMatch.Exact<byte>(0)),
            ],
            [new DropAction()]),
        Spec(
            [new EthItem(), new Ipv4Item(new FieldMatch<uint>(0x0a000001, 0xff0000ff), new FieldMatch<uint>(0, 0))],
            []),
        new(new FlowAttr(2, 9, Ingress: false, Egress: true), [new EthItem()], [new DropAction()]),
        new(
            new FlowAttr(1, 0, Ingress: false, Transfer: true),
            [new RepresentedPortItem(0), new EthItem()],
            [new RepresentedPortAction(0)]),
    ];

    public static TheoryData<int, string> Texts => new()
    {
        {
            0,
            Head + "eth / ipv4 src spec 10.0.0.0 src mask 255.0.0.0 dst is 10.1.2.3 / tcp dst is 80 / end "
            + "actions count / drop / end"
        },
        {
            1,
            Head + "eth src is 02:11:22:33:44:55 "
            + "dst spec 01:00:00:00:00:00 dst mask 01:00:00:00:00:00 type is 0x806 / end "
            + "actions drop / end"
        },
        { 2, Head + "eth / vlan tci spec 0x64 tci mask 0xfff inner_type is 0x800 / ipv4 / end actions passthru / end" },
        {
            3,
            Head + "eth / ipv4 proto is 132 fragment_offset spec 0x0 fragment_offset mask 0x3fff / end "
            + "actions queue index 0 / end"
        },
        {
            4,
            Head + "eth / ipv6 src spec 2001:db8:: src mask ffff:ffff:: "
            + "dst is 2001:db8::1 proto is 6 has_frag_ext is 0 / end "
            + "actions mark id 7 / queue index 0 / end"
        },
        {
            5,
            Head + "eth / ipv6 has_frag_ext is 1 / ipv6_frag_ext frag_data spec 0x0 frag_data mask 0xfff8 / end "
            + "actions drop / end"
        },
        { 7, Head + "eth / ipv4 / tcp flags spec 0x2 flags mask 0x12 / end actions flag / rss queues 0 end / end" },
        {
            8,
            Head + "eth / ipv4 / tcp src spec 1024 src mask 0xfc00 dst spec 80 dst last 90 dst mask 0xffff / end "
            + "actions jump group 1 / end"
        },
        { 10, Head + "eth / ipv4 / sctp src is 9999 dst is 1 / end actions rss queues 0 1 2 end / end" },
        {
            13,
            Head + "eth / ipv4 src spec 10.0.0.1 src mask 255.0.0.255 dst spec 0.0.0.0 dst mask 0.0.0.0 / end "
            + "actions end"
        },
        { 14, "flow create 0 group 2 priority 9 egress pattern eth / end actions drop / end" },
        {
            15,
            "flow create 0 group 1 priority 0 transfer pattern represented_port ethdev_port_id is 0 / eth / end "
            + "actions represented_port ethdev_port_id 0 / end"
        },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void Text_is_exact_when_formatted(int index, string expected) =>
        Assert.Equal(expected, TestpmdSyntax.Format(s_specs[index], 0));

    [Fact]
    public void Parts_are_the_whole_s_when_formatted_alone()
    {
        Assert.Equal("eth / end", TestpmdSyntax.FormatPattern([new EthItem()]));
        Assert.Equal("drop / end", TestpmdSyntax.FormatActions([new DropAction()]));
        Assert.StartsWith(
            "flow validate 3 group 0", TestpmdSyntax.Format(s_specs[0], 3, "validate"), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_line_is_accepted_when_stock_testpmd_reads_it()
    {
        // net_null has no flow interface: a line that was understood is answered by ethdev, one that was not by the
        // parser.
        string[] lines =
        [
            .. s_specs.Select(spec => TestpmdSyntax.Format(spec, 0, "validate")),
            .. s_specs.Select(spec => TestpmdSyntax.Format(spec, 0)),
        ];
        string output = RunTestpmd(lines);
        Assert.DoesNotContain("Bad arguments", output, StringComparison.Ordinal);
        Assert.DoesNotContain("not found", output, StringComparison.Ordinal);
        Assert.Equal(lines.Length, Count(output, "Caught PMD error type"));
        Assert.Equal(lines.Length, Count(output, "Function not implemented: Function not implemented"));
    }

    [Fact]
    public void Broken_line_is_refused_when_stock_testpmd_reads_it()
    {
        string output = RunTestpmd(
            ["flow create 0 ingress pattern eth / ipv4 src is 10.0.0.0/8 / end actions drop / end"]);
        Assert.Contains("Bad arguments", output, StringComparison.Ordinal);
        Assert.Equal(0, Count(output, "Caught PMD error type"));
    }

    private static FlowSpec Spec(ImmutableArray<FlowItem> pattern, ImmutableArray<FlowAction> actions) =>
        new(new FlowAttr(Priority: 3), pattern, actions);

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    private static string RunTestpmd(IEnumerable<string> lines)
    {
        string input = string.Concat(lines.Append("quit").Select(line => line + "\n"));
        (int _, string output) = ProcessRunner.Run(
            "stdbuf",
            [
                "-oL", "-eL", "dpdk-testpmd", "-l", "0,1", "--no-huge", "--no-pci", "--no-shconf", "--no-telemetry",
                "-m", "256", $"--file-prefix=dpdk-net-testpmd-{Environment.ProcessId}", "--vdev=net_null0",
                "--", "-i", "--total-num-mbufs=2048",
            ],
            input);
        Assert.Contains("testpmd> quit", output, StringComparison.Ordinal);
        return output;
    }
}
