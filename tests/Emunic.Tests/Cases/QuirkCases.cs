using Emunic.Tests.Support;
using static Emunic.Tests.Support.Frame;
using static Emunic.Tests.Support.MatchCase;

namespace Emunic.Tests.Cases;

/// <summary>What each bad habit makes of rules, packet by packet: not what rte_flow says.</summary>
internal static class QuirkCases
{
    private static readonly byte[] s_web = V4("10.0.0.1", "10.0.0.2", 6, Tcp(1000, 80));
    private static readonly byte[] s_reply = V4("10.0.0.1", "10.0.0.2", 6, Tcp(1000, 80, Syn | Ack));
    private static readonly byte[] s_other = V4("11.0.0.1", "10.0.0.2", 6, Tcp(1000, 81));
    private static readonly byte[] s_dns = V4("10.0.0.1", "10.0.0.2", 17, Udp(1000, 53));
    private static readonly byte[] s_ping = V4("10.0.0.1", "10.0.0.2", 1, Icmp(8, 0));
    private static readonly byte[] s_first = V4("10.0.0.1", "10.0.0.2", 6, Tcp(1000, 80), frag: 0x2000);
    private static readonly byte[] s_later = V4("10.0.0.1", "10.0.0.2", 6, new byte[24], frag: 0x0009);
    private static readonly byte[] s_web6 = V6("fd00::1", "fd00::2", 6, Tcp(1000, 80));
    private static readonly byte[] s_behind6 = V6("fd00::1", "fd00::2", 0, Ext(6, Tcp(1000, 80)));
    private static readonly byte[] s_later6 = V6("fd00::1", "fd00::2", 44, Frag6(6, 3, more: false, new byte[24]));

    public static IEnumerable<MatchCase> All =>
    [
        On(Device.Widen, "widen leaves a partial address out", "eth / ipv4 src spec 10.0.0.0 src prefix 8",
            Hit("inside", s_web), Hit("outside", s_other)),
        On(Device.Widen, "widen keeps a full mask", "eth / ipv4 src is 10.0.0.1 / tcp dst is 80",
            Hit("same", s_web), Miss("other", s_other)),
        On(Device.Widen, "widen leaves a partial port out", "eth / ipv4 / tcp dst spec 80 dst prefix 15",
            Hit("80", s_web), Hit("81", s_other)),
        On(Device.IgnoreLast, "ignore_last takes the range for its start",
            "eth / ipv4 / tcp dst spec 80 dst last 81 dst mask 0xffff", Hit("80", s_web), Miss("81", s_other)),
        new("ignore_group puts every rule into group 0", ["group 5 | eth / ipv4 / tcp dst is 80 | drop"],
            [Hit("web", s_web), Miss("dns", s_dns)], Device.IgnoreGroup),
        On(Device.IgnoreFragments, "ignore_frag matches fragments and whole packets alike",
            "eth / ipv4 fragment_offset spec 0 fragment_offset mask 0x3fff",
            Hit("whole", s_web), Hit("first", s_first), Hit("later", s_later)),
        On(Device.IgnoreFragments, "ignore_frag looks for no fragment header", "eth / ipv6 has_frag_ext is 0",
            Hit("whole", s_web6), Hit("later", s_later6)),
        new("prio_flip lets the higher number win",
            ["priority 2 | eth / ipv4 | drop", "priority 1 | eth / ipv4 / tcp dst is 80 | queue index 0"],
            [Hit("web", s_web), Hit("dns", s_dns)], Device.PriorityFlip),
        new("prio_ignore lets the oldest win",
            ["priority 9 | eth / ipv4 | drop", "priority 1 | eth / ipv4 / tcp dst is 80 | queue index 0"],
            [Hit("web", s_web), Hit("dns", s_dns)], Device.PriorityIgnore),
        On(Device.AckDrop, "ack_drop takes SYN with ACK for a bare SYN",
            "eth / ipv4 / tcp flags spec 0x02 flags mask 0x12", Hit("SYN", s_web), Hit("SYN ACK", s_reply),
            Miss("ACK", V4("10.0.0.1", "10.0.0.2", 6, Tcp(1000, 80, Ack)))),
        On(Device.AckDrop, "ack_drop matches everything by ACK alone",
            "eth / ipv4 / tcp flags spec 0x10 flags mask 0x10", Hit("SYN", s_web), Hit("SYN ACK", s_reply)),
        On(Device.IpOther, "ip_other misses packets with ports", "eth / ipv4 dst is 10.0.0.2",
            Miss("tcp", s_web), Miss("udp", s_dns), Hit("icmp", s_ping)),
        On(Device.IpOther, "ip_other finds them by their own item", "eth / ipv4 dst is 10.0.0.2 / tcp",
            Hit("tcp", s_web), Miss("udp", s_dns), Miss("icmp", s_ping)),
        On(Device.L4FragmentsMiss, "l4_frag_miss misses every fragment", "eth / ipv4 / tcp dst is 80",
            Hit("whole", s_web), Miss("first", s_first), Miss("later", s_later)),
        On(Device.L4ByProto, "l4_by_proto matches fragments by the protocol", "eth / ipv4 / tcp",
            Hit("whole", s_web), Hit("first", s_first), Hit("later", s_later), Miss("udp", s_dns)),
        On(Device.L4ByProto, "l4_by_proto with a port needs the header", "eth / ipv4 / tcp dst is 80",
            Hit("whole", s_web), Hit("first", s_first), Miss("later", s_later)),
        On(Device.L4ByProto, "l4_by_proto looks behind a fragment header", "eth / ipv6 / tcp",
            Hit("whole", s_web6), Hit("later", s_later6)),
        On(Device.Ipv6ProtoLast, "v6proto_last looks behind extension headers", "eth / ipv6 proto is 6",
            Hit("whole", s_web6), Hit("behind", s_behind6), Hit("later", s_later6)),
        On(Device.Ipv6ProtoLast, "v6proto_last does not see the first header", "eth / ipv6 proto is 44",
            Miss("whole", s_web6), Miss("later", s_later6)),
    ];

    private static MatchCase On(Device device, string name, string pattern, params Probe[] probes) =>
        new(name, [$"| {pattern} | drop"], probes, device);
}
