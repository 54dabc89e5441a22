using NetPolNic.Fallback.Parsing;
using NetPolNic.Fallback.Tests.Rig;

namespace NetPolNic.Fallback.Tests.Parsing;

public sealed unsafe class PacketParserTests
{
    private const string A = "10.0.0.1";
    private const string B = "10.0.0.2";
    private const string C = "fd00::1";
    private const string D = "fd00::2";

    private static readonly Dictionary<string, (Func<byte[]> Frame, ParseStatus Status)> s_rows = new()
    {
        ["tcp"] = (() => FrameBuilder.Ip(A, B).Tcp(1, 2).Build(), ParseStatus.Ip),
        ["padding is ignored"] = (() => FrameBuilder.Ip(A, B).Udp(1, 2, 0).Pad(18).Build(), ParseStatus.Ip),
        ["options"] = (() => FrameBuilder.Ip(A, B).Options(40).Tcp(1, 2).Build(), ParseStatus.Ip),
        ["vlan"] = (() => FrameBuilder.Ip(A, B).Vlan(7).Tcp(1, 2).Build(), ParseStatus.Ip),
        ["qinq"] = (() => FrameBuilder.Ip(A, B).Vlan(7, 0x88a8).Vlan(8).Tcp(1, 2).Build(), ParseStatus.Ip),
        ["three tags"] = (
            () => FrameBuilder.Ip(A, B).Vlan(7).Vlan(8).Vlan(9).Tcp(1, 2).Build(), ParseStatus.OtherEtherType),
        ["half a tag"] = (() => FrameBuilder.Ip(A, B).Vlan(7).Tcp(1, 2).TruncateTo(16).Build(), ParseStatus.Truncated),
        ["no bytes"] = (() => [], ParseStatus.Truncated),
        ["half an ethernet header"] = (() => new byte[13], ParseStatus.Truncated),
        ["ethernet header alone"] = (
            () => FrameBuilder.Ip(A, B).TruncateTo(14).Build(), ParseStatus.Truncated),
        ["802.3 length"] = (() => FrameBuilder.Ip(A, B).EtherType(100).Build(), ParseStatus.OtherEtherType),
        ["lldp"] = (() => FrameBuilder.Ip(A, B).EtherType(0x88cc).Build(), ParseStatus.OtherEtherType),
        ["arp"] = (() => FrameBuilder.Arp(A, B), ParseStatus.Arp),
        ["short arp"] = (() => FrameBuilder.Arp(A, B)[..41], ParseStatus.Truncated),
        ["arp for something else"] = (
            () => [.. FrameBuilder.Arp(A, B)[..18], 8, 4, .. FrameBuilder.Arp(A, B)[20..]], ParseStatus.Malformed),
        ["header length below 5"] = (() => FrameBuilder.Ip(A, B).Tcp(1, 2).Ihl(4).Build(), ParseStatus.Malformed),
        ["header length above total length"] = (
            () => FrameBuilder.Ip(A, B).Raw(6, []).Ihl(15).Build(), ParseStatus.Malformed),
        ["total length above frame"] = (
            () => FrameBuilder.Ip(A, B).Tcp(1, 2).LengthDelta(1).Build(), ParseStatus.Truncated),
        ["total length below header"] = (
            () => FrameBuilder.Ip(A, B).Tcp(1, 2).LengthDelta(-21).Build(), ParseStatus.Malformed),
        ["total length cuts tcp"] = (
            () => FrameBuilder.Ip(A, B).Tcp(1, 2).LengthDelta(-1).Build(), ParseStatus.Truncated),
        ["ipv6 in an ipv4 frame"] = (
            () => FrameBuilder.Ip(C, D).Tcp(1, 2).EtherType(0x0800).Build(), ParseStatus.Malformed),
        ["ipv4 in an ipv6 frame"] = (
            () => FrameBuilder.Ip(A, B).Tcp(1, 2).EtherType(0x86dd).Build(), ParseStatus.Malformed),
        ["tcp data offset below 5"] = (
            () => FrameBuilder.Ip(A, B).Tcp(1, 2, dataOffset: 4).Build(), ParseStatus.Malformed),
        ["tcp data offset above packet"] = (
            () => FrameBuilder.Ip(A, B).Tcp(1, 2, dataOffset: 6).Build(), ParseStatus.Malformed),
        ["udp length above packet"] = (
            () => FrameBuilder.Ip(A, B).Udp(1, 2, 4, 13).Build(), ParseStatus.Malformed),
        ["udp length below header"] = (() => FrameBuilder.Ip(A, B).Udp(1, 2, 4, 7).Build(), ParseStatus.Malformed),
        ["short udp"] = (() => FrameBuilder.Ip(A, B).Raw(17, new byte[7]).Build(), ParseStatus.Truncated),
        ["short sctp"] = (() => FrameBuilder.Ip(A, B).Raw(132, new byte[11]).Build(), ParseStatus.Truncated),
        ["short icmp"] = (() => FrameBuilder.Ip(A, B).Raw(1, new byte[7]).Build(), ParseStatus.Truncated),
        ["unknown protocol without payload"] = (
            () => FrameBuilder.Ip(A, B).Raw(200, []).Build(), ParseStatus.Ip),
        ["first fragment"] = (
            () => FrameBuilder.Ip(A, B).Udp(1, 2, 8, 100).Fragment(9, 0, true).Build(), ParseStatus.Ip),
        ["first fragment without whole tcp header"] = (
            () => FrameBuilder.Ip(A, B).Raw(6, new byte[16]).Fragment(9, 0, true).Build(), ParseStatus.TinyFragment),
        ["fragment over the tcp header"] = (
            () => FrameBuilder.Ip(A, B).Raw(6, new byte[16]).Fragment(9, 2, true).Build(), ParseStatus.TinyFragment),
        ["later tcp fragment"] = (
            () => FrameBuilder.Ip(A, B).Raw(6, new byte[16]).Fragment(9, 3, true).Build(), ParseStatus.Ip),
        ["fragment past 64 KiB"] = (
            () => FrameBuilder.Ip(A, B).Raw(17, new byte[64]).Fragment(9, 0x1fff, false).Build(),
            ParseStatus.Malformed),
        ["v6 tcp"] = (() => FrameBuilder.Ip(C, D).Tcp(1, 2).Build(), ParseStatus.Ip),
        ["v6 padding is ignored"] = (() => FrameBuilder.Ip(C, D).Udp(1, 2).Pad(9).Build(), ParseStatus.Ip),
        ["v6 payload length above frame"] = (
            () => FrameBuilder.Ip(C, D).Tcp(1, 2).LengthDelta(1).Build(), ParseStatus.Truncated),
        ["v6 half a header"] = (() => FrameBuilder.Ip(C, D).Tcp(1, 2).TruncateTo(53).Build(), ParseStatus.Truncated),
        ["v6 jumbo length 0"] = (
            () => FrameBuilder.Ip(C, D).Tcp(1, 2).LengthDelta(-20).Build(), ParseStatus.Truncated),
        ["v6 all extension headers"] = (
            () => FrameBuilder.Ip(C, D).Extension(0).Extension(60, 2).Extension(43).Extension(51, 6).Extension(60)
                .Tcp(1, 2).Build(),
            ParseStatus.Ip),
        ["v6 eight extension headers"] = (() => Chain(8).Tcp(1, 2).Build(), ParseStatus.Ip),
        ["v6 nine extension headers"] = (() => Chain(9).Tcp(1, 2).Build(), ParseStatus.ExtensionChain),
        ["v6 hop-by-hop not first"] = (
            () => FrameBuilder.Ip(C, D).Extension(60).Extension(0).Tcp(1, 2).Build(), ParseStatus.ExtensionChain),
        ["v6 two fragment headers"] = (
            () => FrameBuilder.Ip(C, D).Extension(44).Extension(44).Tcp(1, 2).Build(), ParseStatus.ExtensionChain),
        ["v6 extension header above packet"] = (
            () => FrameBuilder.Ip(C, D).ExtensionRaw(60, [0, 9, 0, 0, 0, 0, 0, 0]).Tcp(1, 2).Build(),
            ParseStatus.Truncated),
        ["v6 extension header cut"] = (
            () => FrameBuilder.Ip(C, D).ExtensionRaw(60, [0, 0, 0, 0]).Raw(59, []).Build(), ParseStatus.Truncated),
        ["v6 no next header"] = (() => FrameBuilder.Ip(C, D).Raw(59, []).Build(), ParseStatus.Ip),
        ["v6 atomic fragment"] = (
            () => FrameBuilder.Ip(C, D).Fragment(9, 0, false).Tcp(1, 2).Build(), ParseStatus.Ip),
        ["v6 first fragment without whole chain"] = (
            () => FrameBuilder.Ip(C, D).Fragment(9, 0, true).Raw(60, new byte[4]).Build(), ParseStatus.TinyFragment),
        ["v6 fragment past 64 KiB"] = (
            () => FrameBuilder.Ip(C, D).Fragment(9, 0x1fff, false).Raw(17, new byte[64]).Build(),
            ParseStatus.Malformed),
    };

    public static TheoryData<string> Rows => [.. s_rows.Keys];

    [Theory]
    [MemberData(nameof(Rows))]
    public void Gives_the_expected_status(string row) =>
        Assert.Equal(s_rows[row].Status, Parse(s_rows[row].Frame()).Status);

    [Theory]
    [MemberData(nameof(Rows))]
    public void Reads_nothing_behind_a_frame_cut_anywhere(string row)
    {
        byte[] frame = s_rows[row].Frame();
        for (int length = 0; length <= frame.Length; length++)
        {
            Parse(frame[..length]);
        }
    }

    [Theory]
    [InlineData(A, B)]
    [InlineData(C, D)]
    public void Reads_the_tuple_behind_options_and_tags(string src, string dst)
    {
        FrameBuilder builder = FrameBuilder.Ip(src, dst).Vlan(100, 0x88a8).Vlan(200).Tcp(1234, 443, 0x12);
        ParsedPacket packet = Parse((src == A ? builder.Options(8) : builder.Extension(0).Extension(60, 3)).Build());
        Assert.Equal($"{src}:1234->{dst}:443/6", packet.Key.ToString());
        Assert.Equal(100, packet.VlanId);
        Assert.Equal(L4Kind.TcpData, packet.L4);
        Assert.Equal(0x02_00_00_00_00_01UL, packet.SrcMac);
        Assert.Equal(0x02_00_00_00_00_02UL, packet.DstMac);
        Assert.False(packet.IsGroupMac);
    }

    [Theory]
    [InlineData(0x02, L4Kind.TcpSyn)]
    [InlineData(0x12, L4Kind.TcpData)]
    [InlineData(0x10, L4Kind.TcpData)]
    [InlineData(0x00, L4Kind.TcpData)]
    [InlineData(0x03, L4Kind.TcpSyn)]
    [InlineData(0x06, L4Kind.TcpSyn)]
    [InlineData(0x11, L4Kind.TcpFin)]
    [InlineData(0x15, L4Kind.TcpReset)]
    internal void Tells_tcp_segments_apart_by_flags(byte flags, L4Kind kind) =>
        Assert.Equal(kind, Parse(FrameBuilder.Ip(A, B).Tcp(1, 2, flags).Build()).L4);

    [Theory]
    [InlineData(A, B)]
    [InlineData(C, D)]
    public void Tells_fragments_apart(string src, string dst)
    {
        Assert.Equal(
            FragmentKind.Whole,
            Parse(FrameBuilder.Ip(src, dst).Fragment(5, 0, false).Udp(1, 2).Build()).Fragment);
        ParsedPacket first = Parse(FrameBuilder.Ip(src, dst).Fragment(5, 0, true).Udp(1, 2).Build());
        ParsedPacket later = Parse(FrameBuilder.Ip(src, dst).Fragment(5, 4, false).Raw(17, new byte[8]).Build());
        Assert.Equal((FragmentKind.First, 5u, 17), (first.Fragment, first.FragmentId, first.FragmentProto));
        Assert.Equal((FragmentKind.Later, 5u, 17), (later.Fragment, later.FragmentId, later.FragmentProto));
        Assert.Equal((1, 2), (first.Key.SrcL4Port, first.Key.DstL4Port));
        Assert.Equal((0, 0), (later.Key.SrcL4Port, later.Key.DstL4Port));
    }

    [Theory]
    [InlineData(A, B, 3)]
    [InlineData(C, D, 1)]
    public void Reads_the_tuple_in_an_icmp_error_that_quotes_8_bytes_of_l4(string src, string dst, byte type)
    {
        byte[] quoted = FrameBuilder.Ip(dst, src).Tcp(80, 4000, 0x10, payload: 500).BuildIp();
        int ipBytes = src == A ? 20 : 40;
        ParsedPacket packet = Parse(FrameBuilder.Ip(src, dst).Icmp(type, body: quoted[..(ipBytes + 8)]).Build());
        Assert.Equal(L4Kind.IcmpError, packet.L4);
        Assert.Equal($"{dst}:80->{src}:4000/6", packet.Embedded.ToString());
        Assert.Equal(
            L4Kind.IcmpOther,
            Parse(FrameBuilder.Ip(src, dst).Icmp(type, body: quoted[..(ipBytes + 7)]).Build()).L4);
    }

    [Fact]
    public void Does_not_take_an_icmp_error_about_a_later_fragment_for_one_about_a_connection()
    {
        byte[] quoted = FrameBuilder.Ip(B, A).Raw(6, new byte[20]).Fragment(4, 10, false).BuildIp();
        Assert.Equal(L4Kind.IcmpOther, Parse(FrameBuilder.Ip(A, B).Icmp(3, body: quoted).Build()).L4);
    }

    [Fact]
    public void Reads_the_sender_of_an_arp_packet() =>
        Assert.Equal(0x0a000001u, Parse(FrameBuilder.Arp(A, B)).ClaimedAddr);

    private static FrameBuilder Chain(int headers)
    {
        FrameBuilder builder = FrameBuilder.Ip(C, D);
        for (int i = 0; i < headers; i++)
        {
            builder.Extension(60);
        }

        return builder;
    }

    private static ParsedPacket Parse(byte[] frame)
    {
        using GuardedBuffer buffer = new();
        PacketParser.Parse(buffer.Place(frame), frame.Length, out ParsedPacket packet);
        return packet;
    }
}
