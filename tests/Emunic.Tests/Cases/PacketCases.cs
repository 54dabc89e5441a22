using Emunic.Tests.Support;
using static Emunic.Tests.Support.Frame;
using static Emunic.Tests.Support.MatchCase;

namespace Emunic.Tests.Cases;

/// <summary>Tags, extension headers, fragments, options, padding, and frames that lie about their lengths.</summary>
internal static class PacketCases
{
    private const string A = "10.0.0.1";
    private const string B = "10.0.0.2";
    private const string A6 = "2001:db8::1";
    private const string B6 = "2001:db8::2";

    public static IEnumerable<MatchCase> All => [.. Tags, .. Extensions, .. Fragments, .. Malformed];

    private static byte[] Packet4 => Ipv4(A, B, 6, Tcp(1000, 80));

    private static byte[] Packet6 => Ipv6(A6, B6, 6, Tcp(1000, 80));

    private static byte[] Tagged(ushort tci, byte[] packet, ushort type = TypeIpv4) =>
        Eth(TypeVlan, Tag(tci, type, packet));

    private static byte[] DoubleTagged(ushort outer, ushort inner) =>
        Eth(TypeQinq, Tag(outer, TypeVlan, Tag(inner, TypeIpv4, Packet4)));

    private static MatchCase On(Device device, string name, string pattern, params Probe[] probes) =>
        One(name, pattern, probes) with { Device = device };

    private static IEnumerable<MatchCase> Tags =>
    [
        One("ipv4 without vlan item", "eth / ipv4 / tcp dst is 80",
            Hit("untagged", Eth(TypeIpv4, Packet4)), Hit("tagged", Tagged(5, Packet4)),
            Hit("two tags", DoubleTagged(5, 6)),
            Miss("three tags", Eth(TypeQinq, Tag(1, TypeVlan, Tag(2, TypeVlan, Tag(3, TypeIpv4, Packet4)))))),
        One("vlan alone", "eth / vlan", Hit("tagged", Tagged(5, Packet4)), Hit("two tags", DoubleTagged(5, 6)),
            Miss("untagged", Eth(TypeIpv4, Packet4)), Miss("cut", Eth(TypeVlan, 0, 5, 8))),
        One("vlan vid", "eth / vlan vid is 5 / ipv4 / tcp dst is 80",
            Hit("same", Tagged(5, Packet4)), Hit("priority bits", Tagged(0xe005, Packet4)),
            Hit("outer", DoubleTagged(5, 6)),
            Miss("other", Tagged(6, Packet4)), Miss("inner only", DoubleTagged(6, 5)),
            Miss("untagged", Eth(TypeIpv4, Packet4))),
        One("vlan whole tci", "eth / vlan tci spec 0xe005 tci mask 0xffff",
            Hit("same", Tagged(0xe005, Packet4)), Miss("priority bits", Tagged(5, Packet4))),
        One("vlan inner type", "eth / vlan inner_type is 0x86dd",
            Hit("ipv6", Tagged(5, Packet6, TypeIpv6)), Miss("ipv4", Tagged(5, Packet4))),
        One("two vlan items", "eth / vlan vid is 5 / vlan vid is 6 / ipv4",
            Hit("in order", DoubleTagged(5, 6)), Miss("swapped", DoubleTagged(6, 5)),
            Miss("one tag", Tagged(5, Packet4))),
        One("eth type sees the tag", "eth type is 0x0800 / ipv4",
            Hit("untagged", Eth(TypeIpv4, Packet4)), Miss("tagged", Tagged(5, Packet4))),
        One(
            "eth type is a tag's", "eth type is 0x88a8", Hit("qinq", DoubleTagged(5, 6)),
            Miss("vlan", Tagged(5, Packet4))),
        One(
            "has_vlan 1", "eth has_vlan is 1", Hit("tagged", Tagged(5, Packet4)),
            Miss("untagged", Eth(TypeIpv4, Packet4))),
        One(
            "has_vlan 0", "eth has_vlan is 0", Hit("untagged", Eth(TypeIpv4, Packet4)),
            Miss("tagged", Tagged(5, Packet4)),
            Miss("cut", Eth(TypeVlan, 0, 5, 8))),
        One(
            "has_more_vlan 1", "eth / vlan has_more_vlan is 1", Hit("two", DoubleTagged(5, 6)),
            Miss("one", Tagged(5, Packet4))),
        One(
            "has_more_vlan 0", "eth / vlan has_more_vlan is 0", Hit("one", Tagged(5, Packet4)),
            Miss("two", DoubleTagged(5, 6))),
    ];

    private static IEnumerable<MatchCase> Extensions =>
    [
        One("tcp behind extension headers", "eth / ipv6 / tcp dst is 80",
            Hit("none", Eth(TypeIpv6, Packet6)), Hit("hop-by-hop", V6(A6, B6, 0, Ext(6, Tcp(1, 80)))),
            Hit("long options", V6(A6, B6, 60, Ext(6, Tcp(1, 80), 20))),
            Hit("routing", V6(A6, B6, 43, Ext(6, Tcp(1, 80), 2))),
            Hit("authentication", V6(A6, B6, 51, Ah(6, Tcp(1, 80)))),
            Hit("many", V6(A6, B6, 0, Ext(43, Ext(60, Ext(51, Ah(6, Tcp(1, 80))))))),
            Hit("fifteen", V6(A6, B6, 60, Chain(15, Tcp(1, 80)))),
            Miss("sixteen", V6(A6, B6, 60, Chain(16, Tcp(1, 80)))), Miss("encrypted", V6(A6, B6, 50, Tcp(1, 80))),
            Miss("no next header", V6(A6, B6, 59, Tcp(1, 80))), Miss("other port", V6(A6, B6, 0, Ext(6, Tcp(1, 81)))),
            Miss("option header runs out", V6(A6, B6, 0, [6, 200, 0, 0, 0, 0, 0, 0, .. Tcp(1, 80)]))),
        On(Device.NoExtensionHeaders, "a NIC that reads no extension headers", "eth / ipv6 / tcp dst is 80",
            Hit("none", Eth(TypeIpv6, Packet6)), Miss("hop-by-hop", V6(A6, B6, 0, Ext(6, Tcp(1, 80)))),
            Miss("fragment", V6(A6, B6, 44, Frag6(6, 0, true, Tcp(1, 80))))),
        On(Device.NoExtensionHeaders, "has_frag_ext where only one header is read", "eth / ipv6 has_frag_ext is 0",
            Hit("none", Eth(TypeIpv6, Packet6)), Miss("fragment", V6(A6, B6, 44, Frag6(6, 0, true, Tcp(1, 80)))),
            Miss("unknown", V6(A6, B6, 0, Ext(6, Tcp(1, 80))))),
    ];

    private static byte[] Chain(int headers, byte[] payload)
    {
        for (int i = 0; i < headers; i++)
        {
            payload = Ext(i == 0 ? (byte)6 : (byte)60, payload);
        }

        return payload;
    }

    private static IEnumerable<MatchCase> Fragments =>
    [
        One("L4 of a first fragment", "eth / tcp dst is 80",
            Hit("whole", Eth(TypeIpv4, Packet4)), Hit("first", V4(A, B, 6, Tcp(1, 80), 0x2000)),
            Miss("later", V4(A, B, 6, Tcp(1, 80), 0x2001)), Miss("last", V4(A, B, 6, Tcp(1, 80), 1)),
            Hit("first, ipv6", V6(A6, B6, 44, Frag6(6, 0, true, Tcp(1, 80)))),
            Hit("atomic, ipv6", V6(A6, B6, 44, Frag6(6, 0, false, Tcp(1, 80)))),
            Hit("behind the fragment header", V6(A6, B6, 44, Frag6(60, 0, true, Ext(6, Tcp(1, 80))))),
            Miss("later, ipv6", V6(A6, B6, 44, Frag6(6, 1, true, Tcp(1, 80)))),
            Miss("last, ipv6", V6(A6, B6, 44, Frag6(6, 1, false, Tcp(1, 80))))),
        One("L3 of every fragment", "eth / ipv4 proto is 6",
            Hit("first", V4(A, B, 6, Tcp(1, 80), 0x2000)), Hit("later", V4(A, B, 6, Tcp(1, 80), 0x2001))),
        On(Device.FragmentsMiss, "a NIC whose L4 items miss on fragments", "eth / tcp dst is 80",
            Hit("whole", Eth(TypeIpv4, Packet4)), Hit("do not fragment", V4(A, B, 6, Tcp(1, 80), 0x4000)),
            Miss("first", V4(A, B, 6, Tcp(1, 80), 0x2000)), Miss("later", V4(A, B, 6, Tcp(1, 80), 0x2001)),
            Miss("first, ipv6", V6(A6, B6, 44, Frag6(6, 0, true, Tcp(1, 80)))),
            Miss("atomic, ipv6", V6(A6, B6, 44, Frag6(6, 0, false, Tcp(1, 80)))),
            Hit("options, ipv6", V6(A6, B6, 0, Ext(6, Tcp(1, 80))))),
        On(Device.FragmentsMiss, "has_frag_ext on that NIC", "eth / ipv6 has_frag_ext is 1",
            Hit("first", V6(A6, B6, 44, Frag6(6, 0, true, Tcp(1, 80)))), Miss("whole", Eth(TypeIpv6, Packet6))),
    ];

    private static IEnumerable<MatchCase> Malformed =>
    [
        One("options and padding", "eth / ipv4 / tcp dst is 80",
            Hit("options", Eth(TypeIpv4, Ipv4(A, B, 6, Tcp(1, 80), optionWords: 10))),
            Hit("padding", Eth(TypeIpv4, [.. Packet4, .. new byte[20]])),
            Miss("a header in the padding", Eth(TypeIpv4, Ipv4(A, B, 6, Tcp(1, 80), totalLength: 20))),
            Miss("half a header in the padding", Eth(TypeIpv4, Ipv4(A, B, 6, Tcp(1, 80), totalLength: 39))),
            Miss("a total length below the header", Eth(TypeIpv4, Ipv4(A, B, 6, Tcp(1, 80), totalLength: 19))),
            Miss("a total length of 0", Eth(TypeIpv4, Ipv4(A, B, 6, Tcp(1, 80), totalLength: 0))),
            Hit("a total length beyond the frame", Eth(TypeIpv4, Ipv4(A, B, 6, Tcp(1, 80), totalLength: 1500)))),
        One("truncated tcp", "eth / ipv4 / tcp",
            Miss("one byte short", Cut(Eth(TypeIpv4, Packet4), 1)), Miss("ports only", Cut(Eth(TypeIpv4, Packet4), 16)),
            Miss("nothing", Cut(Eth(TypeIpv4, Packet4), 20)), Hit("whole", Eth(TypeIpv4, Packet4))),
        One("truncated ipv4", "eth / ipv4",
            Hit("no payload", Cut(Eth(TypeIpv4, Packet4), 20)), Miss("one byte short", Cut(Eth(TypeIpv4, Packet4), 21)),
            Miss("header length 4", Eth(TypeIpv4, Ipv4(A, B, 6, Tcp(1, 80), ihl: 4))),
            Miss("header length beyond the frame", Eth(TypeIpv4, Ipv4(A, B, 6, [], ihl: 15))),
            Miss("version 6", Eth(TypeIpv4, Ipv4(A, B, 6, Tcp(1, 80), version: 6)))),
        One("truncated ipv6", "eth / ipv6",
            Hit("no payload", Cut(Eth(TypeIpv6, Packet6), 20)), Miss("one byte short", Cut(Eth(TypeIpv6, Packet6), 21)),
            Miss("version 4", Eth(TypeIpv6, Ipv6(A6, B6, 6, Tcp(1, 80), version: 4)))),
        One("lengths in ipv6", "eth / ipv6 / tcp dst is 80",
            Hit("padding", Eth(TypeIpv6, [.. Packet6, .. new byte[9]])),
            Miss("payload length of 0", Eth(TypeIpv6, Ipv6(A6, B6, 6, Tcp(1, 80), payloadLength: 0))),
            Miss("payload length one short", Eth(TypeIpv6, Ipv6(A6, B6, 6, Tcp(1, 80), payloadLength: 19))),
            Hit("payload length beyond the frame", Eth(TypeIpv6, Ipv6(A6, B6, 6, Tcp(1, 80), payloadLength: 9000))),
            Miss("cut", Cut(Eth(TypeIpv6, Packet6), 1))),
        One("truncated udp, sctp, icmp", "eth / ipv4 / udp", Miss("udp of 7 bytes", V4(A, B, 17, new byte[7])),
            Hit("udp of 8 bytes", V4(A, B, 17, new byte[8]))),
        One("truncated sctp", "eth / ipv4 / sctp", Miss("11 bytes", V4(A, B, 132, new byte[11])),
            Hit("12 bytes", V4(A, B, 132, new byte[12]))),
        One("truncated icmp", "eth / ipv4 / icmp", Miss("7 bytes", V4(A, B, 1, new byte[7])),
            Hit("8 bytes", V4(A, B, 1, new byte[8]))),
        One("truncated icmp6", "eth / ipv6 / icmp6", Miss("3 bytes", V6(A6, B6, 58, new byte[3])),
            Hit("4 bytes", V6(A6, B6, 58, new byte[4]))),
        One("a long frame", "eth / ipv4 / udp", Hit("1500 bytes", V4(A, B, 17, [.. Udp(1, 2), .. new byte[1472]]))),
    ];
}
