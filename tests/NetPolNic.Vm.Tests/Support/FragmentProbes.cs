using System.Collections.Immutable;
using Dpdk.Flow;
using NetPolNic.Agent.Packets;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Reference;

namespace NetPolNic.Vm.Tests.Support;

/// <summary>
/// What tc flower does on fragments, asked by rules that no plan for net_tap has: to addresses of their own (RFC 2544, RFC 3849), by testpmd.
/// </summary>
internal static class FragmentProbes
{
    private const uint FirstTag = 0x4e30_0000;
    private const byte Udp = 17;
    private const ushort Dns = 53;
    private static readonly FlowAttr s_attr = new(Group: 0, Priority: 3, Ingress: true, Egress: false, Transfer: false);

    /// <summary>Kinds of packets, as a row of a theory.</summary>
    public static ImmutableArray<string> Kinds { get; } = ["whole", "first", "later"];

    /// <summary>The rules: by port, by item alone, by the header's protocol; for IPv4 and IPv6.</summary>
    public static ImmutableArray<FlowSpec> Rules { get; } =
    [
        .. Targets.Select(target => new FlowSpec(
            s_attr,
            target.By switch
            {
                "port" => [new EthItem(), Ip(target.Dst, proto: false), new UdpItem(null, FieldMatch.Exact(Dns))],
                "item" => [new EthItem(), Ip(target.Dst, proto: false), new UdpItem()],
                _ => [new EthItem(), Ip(target.Dst, proto: true)],
            },
            [new DropAction()])),
    ];

    private static IEnumerable<(string By, IpAddr Dst)> Targets =>
        from family in (string[])["198.18.0.", "2001:db8:18::"]
        from way in ((string, int)[])[("port", 1), ("item", 2), ("proto", 3)]
        select (way.Item1, IpAddr.Parse($"{family}{way.Item2}"));

    /// <summary>One packet of each kind to each target.</summary>
    public static IEnumerable<(string By, IpFamily Family, string Kind, uint Tag, byte[] Frame)> Frames
    {
        get
        {
            uint tag = FirstTag;
            foreach ((string by, IpAddr dst) in Targets)
            {
                foreach (string kind in Kinds)
                {
                    IpAddr src = IpAddr.Parse(dst.Family == IpFamily.V4 ? "198.18.1.1" : "2001:db8:18::ff");
                    ProbePacket packet = ProbePacket.First(src, dst, Udp, Dns) with
                    {
                        Fragment = kind switch
                        {
                            "first" => new FragmentInfo(tag & 0xffff, 0, More: true),
                            "later" => new FragmentInfo(tag & 0xffff, 5, More: false),
                            _ => null,
                        },
                    };
                    yield return (by, dst.Family, kind, tag, packet.ToFrame(0x0200_0000_0001, 0x0200_0000_0002, tag));
                    tag++;
                }
            }
        }
    }

    private static FlowItem Ip(IpAddr dst, bool proto)
    {
        FieldMatch<byte>? by = proto ? FieldMatch.Exact(Udp) : null;
        return dst.Family == IpFamily.V4
            ? new Ipv4Item(Dst: FieldMatch.Exact((uint)dst.Value), Proto: by)
            : new Ipv6Item(Dst: FieldMatch.Exact(dst.Value), Proto: by);
    }
}
