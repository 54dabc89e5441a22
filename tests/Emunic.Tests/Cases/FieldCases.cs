using Emunic.Tests.Support;
using static Emunic.Tests.Support.Frame;
using static Emunic.Tests.Support.MatchCase;

namespace Emunic.Tests.Cases;

/// <summary>Each item and field, with each kind of mask: what matches and what does not.</summary>
internal static class FieldCases
{
    private const string A = "10.0.0.1";
    private const string B = "10.0.0.2";
    private const string C = "192.168.7.9";
    private const string A6 = "2001:db8::1";
    private const string B6 = "2001:db8::2";

    public static IEnumerable<MatchCase> All => [.. Ethernet, .. Network4, .. Network6, .. Transport, .. Masks];

    private static byte[] Tcp4(ushort src, ushort dst, byte flags = Syn) => V4(A, B, 6, Tcp(src, dst, flags));

    private static byte[] Tcp6(ushort src, ushort dst, byte flags = Syn) => V6(A6, B6, 6, Tcp(src, dst, flags));

    private static byte[] Udp4(ushort src, ushort dst) => V4(A, B, 17, Udp(src, dst));

    private static byte[] To(byte[] frame, params byte[] mac)
    {
        mac.CopyTo(frame, 0);
        return frame;
    }

    private static byte[] From(byte[] frame, params byte[] mac)
    {
        mac.CopyTo(frame, 6);
        return frame;
    }

    private static IEnumerable<MatchCase> Ethernet =>
    [
        One("eth alone takes everything", "eth",
            Hit("tcp", Tcp4(1, 2)), Hit("arp", Eth(0x0806, new byte[28])), Hit("length", Eth(0x0040, new byte[64]))),
        One("eth type", "eth type is 0x0806",
            Hit("arp", Eth(0x0806, new byte[28])), Miss("ipv4", Tcp4(1, 2)), Miss("ipv6", Tcp6(1, 2))),
        One("eth type masked", "eth type spec 0x0800 type mask 0xff00",
            Hit("ipv4", Tcp4(1, 2)), Hit("arp", Eth(0x0806, new byte[28])), Miss("ipv6", Tcp6(1, 2))),
        One("eth type range", "eth type spec 0x0801 type last 0x0806 type mask 0xffff",
            Hit("last", Eth(0x0806, new byte[28])), Miss("below", Tcp4(1, 2)),
            Miss("above", Eth(0x0807, new byte[28]))),
        One("eth src exact", "eth src is 02:aa:00:00:00:01",
            Hit("same", From(Tcp4(1, 2), 2, 0xaa, 0, 0, 0, 1)), Miss("other", From(Tcp4(1, 2), 2, 0xaa, 0, 0, 0, 2))),
        One("eth src masked", "eth src spec 02:aa:00:00:00:00 src mask ff:ff:00:00:00:00",
            Hit("same", From(Tcp4(1, 2), 2, 0xaa, 9, 9, 9, 9)), Miss("other", From(Tcp4(1, 2), 2, 0xab, 9, 9, 9, 9))),
        new("eth dst exact", ["| eth dst is 02:bb:00:00:00:01 | drop"],
            [
                Hit("same", To(Tcp4(1, 2), 2, 0xbb, 0, 0, 0, 1)), Miss("other", To(Tcp4(1, 2), 2, 0xbb, 0, 0, 0, 2)),
            ], NumberInSource: true),
        new("eth dst group bit", ["| eth dst spec 01:00:00:00:00:00 dst mask 01:00:00:00:00:00 | drop"],
            [
                Hit("multicast", To(Tcp4(1, 2), 0x33, 0x33, 0, 0, 0, 1)),
                Hit("broadcast", To(Tcp4(1, 2), 255, 255, 255, 255, 255, 255)),
                Miss("unicast", To(Tcp4(1, 2), 2, 0xbb, 0, 0, 0, 3)),
            ], NumberInSource: true),
    ];

    private static IEnumerable<MatchCase> Network4 =>
    [
        One("ipv4 alone", "eth / ipv4", Hit("ipv4", Tcp4(1, 2)), Hit("any protocol", V4(A, B, 253, [])),
            Miss("ipv6", Tcp6(1, 2)), Miss("arp", Eth(0x0806, new byte[28]))),
        One("ipv4 src exact", "eth / ipv4 src is 10.0.0.1",
            Hit("same", Tcp4(1, 2)), Miss("other", V4(B, A, 6, Tcp(1, 2)))),
        One("ipv4 dst exact", "eth / ipv4 dst is 10.0.0.2",
            Hit("same", Tcp4(1, 2)), Miss("other", V4(B, A, 6, Tcp(1, 2)))),
        One("ipv4 src prefix", "eth / ipv4 src spec 10.0.0.0 src prefix 8",
            Hit("first", V4("10.0.0.0", B, 6, Tcp(1, 2))), Hit("last", V4("10.255.255.255", B, 6, Tcp(1, 2))),
            Miss("below", V4("9.255.255.255", B, 6, Tcp(1, 2))), Miss("above", V4("11.0.0.0", B, 6, Tcp(1, 2)))),
        One("ipv4 dst prefix of 25", "eth / ipv4 dst spec 10.1.2.128 dst prefix 25",
            Hit("first", V4(A, "10.1.2.128", 6, Tcp(1, 2))), Hit("last", V4(A, "10.1.2.255", 6, Tcp(1, 2))),
            Miss("below", V4(A, "10.1.2.127", 6, Tcp(1, 2))), Miss("above", V4(A, "10.1.3.0", 6, Tcp(1, 2)))),
        One("ipv4 dst with a mask of holes", "eth / ipv4 dst spec 10.0.0.9 dst mask 255.0.0.255",
            Hit("same", V4(A, "10.7.8.9", 6, Tcp(1, 2))), Miss("other", V4(A, "10.7.8.8", 6, Tcp(1, 2)))),
        One("ipv4 spec bits outside the mask", "eth / ipv4 dst spec 10.9.9.9 dst mask 255.0.0.0",
            Hit("same net", Tcp4(1, 2)), Miss("other net", V4(A, C, 6, Tcp(1, 2)))),
        One("ipv4 src range",
            "eth / ipv4 src spec 10.0.0.5 src last 10.0.1.3 src mask 255.255.255.255",
            Hit("first", V4("10.0.0.5", B, 6, Tcp(1, 2))), Hit("last", V4("10.0.1.3", B, 6, Tcp(1, 2))),
            Hit("inside", V4("10.0.0.255", B, 6, Tcp(1, 2))), Miss("below", V4("10.0.0.4", B, 6, Tcp(1, 2))),
            Miss("above", V4("10.0.1.4", B, 6, Tcp(1, 2)))),
        One("ipv4 both addresses", "eth / ipv4 src is 10.0.0.1 dst is 10.0.0.2",
            Hit("both", Tcp4(1, 2)), Miss("one", V4(A, C, 6, Tcp(1, 2))), Miss("none", V4(B, A, 6, Tcp(1, 2)))),
        One("ipv4 proto", "eth / ipv4 proto is 132",
            Hit("sctp", V4(A, B, 132, Sctp(1, 2))), Miss("tcp", Tcp4(1, 2)),
            Miss("sctp over ipv6", V6(A6, B6, 132, Sctp(1, 2)))),
        One("ipv4 fragment word: not fragmented", "eth / ipv4 fragment_offset spec 0 fragment_offset mask 0x3fff",
            Hit("whole", Tcp4(1, 2)), Hit("do not fragment", V4(A, B, 6, Tcp(1, 2), 0x4000)),
            Miss("first", V4(A, B, 6, Tcp(1, 2), 0x2000)), Miss("later", V4(A, B, 6, Tcp(1, 2), 0x2001)),
            Miss("last", V4(A, B, 6, Tcp(1, 2), 0x0010))),
        One("ipv4 fragment word: first", "eth / ipv4 fragment_offset spec 0x2000 fragment_offset mask 0x3fff",
            Hit("first", V4(A, B, 6, Tcp(1, 2), 0x2000)), Miss("whole", Tcp4(1, 2)),
            Miss("later", V4(A, B, 6, Tcp(1, 2), 0x2001))),
        One(
            "ipv4 fragment word: later",
            "eth / ipv4 fragment_offset spec 1 fragment_offset last 0x1fff fragment_offset mask 0x1fff",
            Hit("later", V4(A, B, 6, Tcp(1, 2), 0x2001)), Hit("last", V4(A, B, 6, Tcp(1, 2), 0x1fff)),
            Miss("first", V4(A, B, 6, Tcp(1, 2), 0x2000)), Miss("whole", Tcp4(1, 2))),
    ];

    private static IEnumerable<MatchCase> Network6 =>
    [
        One("ipv6 alone", "eth / ipv6", Hit("ipv6", Tcp6(1, 2)), Miss("ipv4", Tcp4(1, 2))),
        One("ipv6 src exact", "eth / ipv6 src is 2001:db8::1",
            Hit("same", Tcp6(1, 2)), Miss("low half", V6("2001:db8::3", B6, 6, Tcp(1, 2))),
            Miss("high half", V6("2001:db9::1", B6, 6, Tcp(1, 2)))),
        One(
            "ipv6 dst exact", "eth / ipv6 dst is 2001:db8::2", Hit("same", Tcp6(1, 2)),
            Miss("other", V6(B6, A6, 6, Tcp(1, 2)))),
        One("ipv6 src prefix 32", "eth / ipv6 src spec 2001:db8:: src prefix 32",
            Hit("inside", V6("2001:db8:ffff::1", B6, 6, Tcp(1, 2))), Miss("above", V6("2001:db9::", B6, 6, Tcp(1, 2)))),
        One("ipv6 dst prefix 64", "eth / ipv6 dst spec 2001:db8:0:5:: dst prefix 64",
            Hit("inside", V6(A6, "2001:db8:0:5:ffff::", 6, Tcp(1, 2))),
            Miss("other", V6(A6, "2001:db8:0:6::", 6, Tcp(1, 2)))),
        One("ipv6 dst prefix 120", "eth / ipv6 dst spec 2001:db8::7:0 dst prefix 120",
            Hit("last", V6(A6, "2001:db8::7:ff", 6, Tcp(1, 2))),
            Miss("above", V6(A6, "2001:db8::7:100", 6, Tcp(1, 2)))),
        One("ipv6 src low half only", "eth / ipv6 src spec ::9 src mask ::ffff:ffff:ffff:ffff",
            Hit("same", V6("fd00:1::9", B6, 6, Tcp(1, 2))), Miss("other", V6("fd00:1::8", B6, 6, Tcp(1, 2)))),
        One("ipv6 src range across halves",
            "eth / ipv6 src spec 2001:db8::ffff:ffff:ffff:fffe src last 2001:db8:0:1::1 src prefix 128",
            Hit("first", V6("2001:db8::ffff:ffff:ffff:fffe", B6, 6, Tcp(1, 2))),
            Hit("over", V6("2001:db8:0:1::", B6, 6, Tcp(1, 2))), Hit("last", V6("2001:db8:0:1::1", B6, 6, Tcp(1, 2))),
            Miss("below", V6("2001:db8::ffff:ffff:ffff:fffd", B6, 6, Tcp(1, 2))),
            Miss("above", V6("2001:db8:0:1::2", B6, 6, Tcp(1, 2)))),
        One("ipv6 proto is the fixed header's", "eth / ipv6 proto is 6",
            Hit("tcp", Tcp6(1, 2)), Miss("udp", V6(A6, B6, 17, Udp(1, 2))),
            Miss("behind hop-by-hop", V6(A6, B6, 0, Ext(6, Tcp(1, 2))))),
        One("ipv6 has_frag_ext 1", "eth / ipv6 has_frag_ext is 1",
            Hit("first", V6(A6, B6, 44, Frag6(6, 0, true, Tcp(1, 2)))),
            Hit("later", V6(A6, B6, 44, Frag6(6, 9, false, []))),
            Hit("atomic", V6(A6, B6, 44, Frag6(6, 0, false, Tcp(1, 2)))),
            Hit("behind options", V6(A6, B6, 0, Ext(44, Frag6(6, 0, true, Tcp(1, 2))))), Miss("none", Tcp6(1, 2))),
        One("ipv6 has_frag_ext 0", "eth / ipv6 has_frag_ext is 0",
            Hit("none", Tcp6(1, 2)), Hit("options only", V6(A6, B6, 60, Ext(6, Tcp(1, 2)))),
            Miss("fragment", V6(A6, B6, 44, Frag6(6, 0, true, Tcp(1, 2)))),
            Miss("unreadable chain", V6(A6, B6, 0, [44, 5, 0, 0, 0, 0, 0, 0])), Miss("ipv4", Tcp4(1, 2))),
        One("ipv6_frag_ext alone", "eth / ipv6 / ipv6_frag_ext",
            Hit("first", V6(A6, B6, 44, Frag6(6, 0, true, Tcp(1, 2)))),
            Hit("later", V6(A6, B6, 44, Frag6(6, 9, false, []))),
            Miss("none", Tcp6(1, 2)), Miss("cut", Cut(V6(A6, B6, 44, Frag6(6, 0, true, [])), 1))),
        One("ipv6_frag_ext data", "eth / ipv6 / ipv6_frag_ext frag_data spec 0x0001 frag_data mask 0xfff9",
            Hit("first", V6(A6, B6, 44, Frag6(6, 0, true, Tcp(1, 2)))),
            Miss("atomic", V6(A6, B6, 44, Frag6(6, 0, false, Tcp(1, 2)))),
            Miss("later", V6(A6, B6, 44, Frag6(6, 9, true, [])))),
    ];

    private static IEnumerable<MatchCase> Transport =>
    [
        One(
            "tcp alone over either", "eth / tcp", Hit("ipv4", Tcp4(1, 2)), Hit("ipv6", Tcp6(1, 2)),
            Miss("udp", Udp4(1, 2))),
        One(
            "ipv4 / tcp", "eth / ipv4 / tcp", Hit("ipv4", Tcp4(1, 2)), Miss("ipv6", Tcp6(1, 2)),
            Miss("udp", Udp4(1, 2))),
        One("ipv6 / tcp", "eth / ipv6 / tcp", Hit("ipv6", Tcp6(1, 2)), Miss("ipv4", Tcp4(1, 2))),
        One("tcp dst exact", "eth / ipv4 / tcp dst is 80",
            Hit("same", Tcp4(1000, 80)), Miss("other", Tcp4(1000, 81)), Miss("src", Tcp4(80, 1000)),
            Miss("udp", Udp4(1000, 80))),
        One("tcp src exact", "eth / ipv4 / tcp src is 80", Hit("same", Tcp4(80, 1000)), Miss("dst", Tcp4(1000, 80))),
        One("tcp dst prefix", "eth / ipv4 / tcp dst spec 1024 dst prefix 6",
            Hit("first", Tcp4(1, 1024)), Hit("last", Tcp4(1, 2047)), Miss("below", Tcp4(1, 1023)),
            Miss("above", Tcp4(1, 2048))),
        One("tcp dst mask of holes", "eth / ipv4 / tcp dst spec 1 dst mask 0x8001",
            Hit("odd", Tcp4(1, 0x7fff)), Miss("even", Tcp4(1, 80)), Miss("high", Tcp4(1, 0x8001))),
        One("tcp dst range", "eth / ipv4 / tcp dst spec 80 dst last 90 dst mask 65535",
            Hit("first", Tcp4(1, 80)), Hit("last", Tcp4(1, 90)), Miss("below", Tcp4(1, 79)),
            Miss("above", Tcp4(1, 91))),
        One("a last equal to spec is no range", "eth / ipv4 / tcp dst spec 80 dst last 80 dst mask 65535",
            Hit("same", Tcp4(1, 80)), Miss("above", Tcp4(1, 81))),
        One("tcp spec without mask uses the default mask", "eth / ipv4 / tcp dst spec 80",
            Hit("source port 0", Tcp4(0, 80)), Miss("other source port", Tcp4(7, 80))),
        One("tcp flags: bare syn", "eth / ipv4 / tcp flags spec 0x02 flags mask 0x12",
            Hit("syn", Tcp4(1, 2)), Hit("syn with more", Tcp4(1, 2, 0xc2)), Miss("syn+ack", Tcp4(1, 2, Syn | Ack)),
            Miss("ack", Tcp4(1, 2, Ack)), Miss("rst", Tcp4(1, 2, Rst)), Miss("none", Tcp4(1, 2, 0))),
        One("tcp flags over ipv6", "eth / ipv6 / tcp flags spec 0x02 flags mask 0x12 dst is 443",
            Hit("syn", Tcp6(1, 443)), Miss("ack", Tcp6(1, 443, Ack)), Miss("port", Tcp6(1, 444))),
        One("tcp flags exact", "eth / tcp flags spec 0x11 flags mask 0xff",
            Hit("fin+ack", Tcp4(1, 2, Fin | Ack)), Miss("ack", Tcp4(1, 2, Ack))),
        One(
            "udp", "eth / ipv4 / udp src is 53", Hit("same", Udp4(53, 9)), Miss("other", Udp4(54, 9)),
            Miss("tcp", Tcp4(53, 9))),
        One("udp over ipv6", "eth / ipv6 / udp dst spec 53 dst last 55 dst mask 0xffff",
            Hit("in", V6(A6, B6, 17, Udp(9, 54))), Miss("out", V6(A6, B6, 17, Udp(9, 56)))),
        One("sctp", "eth / ipv4 / sctp src is 7 dst is 9999",
            Hit("same", V4(A, B, 132, Sctp(7, 9999))), Miss("other", V4(A, B, 132, Sctp(8, 9999))),
            Miss("udp", Udp4(7, 9999))),
        One("icmp", "eth / ipv4 / icmp type is 8 code is 0",
            Hit("echo", V4(A, B, 1, Icmp(8, 0))), Miss("reply", V4(A, B, 1, Icmp(0, 0))),
            Miss("code", V4(A, B, 1, Icmp(8, 1))),
            Miss("over ipv6", V6(A6, B6, 1, Icmp(8, 0)))),
        One("icmp masked", "eth / icmp type spec 0 type mask 0xf7",
            Hit("reply", V4(A, B, 1, Icmp(0, 3))), Hit("echo", V4(A, B, 1, Icmp(8, 0))),
            Miss("error", V4(A, B, 1, Icmp(3, 1)))),
        One("icmp6", "eth / ipv6 / icmp6 type is 128",
            Hit("echo", V6(A6, B6, 58, Icmp(128, 0))), Miss("solicitation", V6(A6, B6, 58, Icmp(135, 0))),
            Miss("over ipv4", V4(A, B, 58, Icmp(128, 0)))),
        One("icmp6 code and range", "eth / icmp6 type spec 133 type last 137 type mask 0xff code is 0",
            Hit("first", V6(A6, B6, 58, Icmp(133, 0))), Hit("last", V6(A6, B6, 58, Icmp(137, 0))),
            Miss("above", V6(A6, B6, 58, Icmp(138, 0))), Miss("code", V6(A6, B6, 58, Icmp(135, 1)))),
    ];

    private static IEnumerable<MatchCase> Masks =>
    [
        One("everything of a connection",
            "eth type is 0x0800 / ipv4 src is 10.0.0.1 dst is 10.0.0.2 proto is 6 / tcp src is 7 dst is 8 flags spec 2 flags mask 0xff",
            Hit("same", Tcp4(7, 8)), Miss("source port", Tcp4(6, 8)), Miss("port", Tcp4(7, 9)),
            Miss("flags", Tcp4(7, 8, Ack)),
            Miss("address", V4(C, B, 6, Tcp(7, 8))), Miss("ipv6", Tcp6(7, 8))),
        One("a mask of zero takes anything", "eth / ipv4 src spec 10.0.0.1 src mask 0.0.0.0",
            Hit("same", Tcp4(1, 2)), Hit("other", V4(C, B, 6, Tcp(1, 2)))),
    ];
}
