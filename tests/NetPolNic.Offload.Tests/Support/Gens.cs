using System.Collections.Immutable;
using CsCheck;
using NetPolNic.Offload.Interpreter;
using NetPolNic.Offload.Planning;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Tests.Support;

/// <summary>Small random policies and packets over one pool of addresses and ports, so that they meet often.</summary>
internal static class Gens
{
    internal static readonly IpAddr Node4 = IpAddr.Parse("192.168.0.1");
    internal static readonly IpAddr Node6 = IpAddr.Parse("fd00:ffff::1");

    private static readonly IpPrefix[] s_prefixes =
    [
        .. new[]
        {
            "0.0.0.0/0", "10.0.0.0/29", "10.0.0.0/30", "10.0.0.2/32", "10.0.0.3/32", "192.168.0.0/24", "192.168.0.9/32",
            "8.0.0.0/7", "8.8.8.8/32", "::/0", "fd00::/125", "fd00::/126", "fd00::2/128", "2001:db8::/32",
            "2001:db8::8/128", "128.0.0.0/1",
        }.Select(IpPrefix.Parse),
    ];

    private static readonly IpAddr[] s_addresses4 =
        [.. new[] { "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.6", "192.168.0.1", "192.168.0.9",
            "8.8.8.8" }
            .Select(IpAddr.Parse)];

    private static readonly IpAddr[] s_addresses6 =
        [.. new[] { "fd00::1", "fd00::2", "fd00::3", "fd00::4", "fd00:ffff::1", "2001:db8::8" }.Select(IpAddr.Parse)];

    private static readonly ushort[] s_ports = [0, 1, 53, 79, 80, 81, 1023, 1024, 6379, 65534, 65535];

    private static readonly Gen<ushort> s_port = Pick.Of(s_ports);

    private static readonly Gen<L4Proto> s_proto = Pick.Of(L4Proto.Tcp, L4Proto.Udp, L4Proto.Sctp);

    private static readonly Gen<L4PortRange> s_range = Gen.Frequency(
        (3, Gen.Select(s_proto, s_port, (proto, port) => new L4PortRange(proto, port, port))),
        (2, Gen.Select(
            s_proto, s_port, s_port, (proto, a, b) => new L4PortRange(proto, Math.Min(a, b), Math.Max(a, b)))),
        (2, s_proto.Select(proto => new L4PortRange(proto, 0, ushort.MaxValue))));

    private static readonly Gen<PortSet> s_portSet =
        Gen.Frequency(
            (1, Gen.Const(PortSet.AllTraffic)),
            (4, s_range.Array[1, 3].Select(ranges => PortSet.Of(ranges))));

    private static readonly Gen<AllowRule> s_rule = Gen.Select(
        Pick.Of(s_prefixes).Array[1, 3], s_portSet, (peers, ports) => new AllowRule(PeerSet.Of(peers), ports));

    /// <summary>Open, closed, or up to four rules.</summary>
    internal static readonly Gen<PolicySet> Policy = Gen.Frequency(
        (2, Gen.Const(PolicySet.Open)),
        (2, Gen.Const(PolicySet.Closed)),
        (6, s_rule.Array[1, 4].Select(rules => PolicySet.Of(rules))));

    /// <summary>Open, closed, or one rule.</summary>
    internal static readonly Gen<PolicySet> SmallPolicy = Gen.Frequency(
        (1, Gen.Const(PolicySet.Open)),
        (1, Gen.Const(PolicySet.Closed)),
        (4, Gen.Select(
            Pick.Of(s_prefixes),
            s_range,
            (peer, range) => PolicySet.Of([new AllowRule(PeerSet.Of([peer]), PortSet.Of([range]))]))));

    /// <summary>One to four pods, dual stack or not.</summary>
    internal static readonly Gen<PolicySnapshot> Snapshot =
        Gen.Select(Policy, Policy, Gen.Int[0, 2]).Array[1, 4].Select(Make);

    /// <summary>One or two pods with few rules: for tests that look at each step of an update.</summary>
    internal static readonly Gen<PolicySnapshot> SmallSnapshot =
        Gen.Select(SmallPolicy, SmallPolicy, Gen.Int[0, 1]).Array[1, 2].Select(Make);

    /// <summary>Packets of both directions, all protocols, fragments and extension headers.</summary>
    internal static readonly Gen<PacketHeaders> Packet = Gen.Select(
        Gen.Bool,
        Gen.Int[0, 1000],
        Gen.Int[0, 1000],
        Pick.Of<byte>(6, 6, 6, 17, 17, 132, 1, 58, 47),
        Gen.Select(s_port, s_port),
        Pick.Of<byte>(0x02, 0x02, 0x12, 0x10, 0x00, 0x04, 0xc2, 0xff, 0x03),
        Gen.Int[0, 9],
        Gen.Int[0, 255],
        MakePacket);

    /// <summary>Options: the default ones, those of <c>--established keep</c>, and several queues.</summary>
    internal static readonly Gen<PlanOptions> Options = Pick.Of(
        PlanOptions.Default,
        PlanOptions.Default with { KeepEstablished = true },
        PlanOptions.Default with { Count = false, Queues = [0, 1], MaxExpansion = 8 });

    /// <summary>An endpoint with made-up origins, one per rule.</summary>
    internal static LocalEndpoint Endpoint(
        string name, PolicySet ingress, PolicySet egress, params IEnumerable<string> addresses)
    {
        ImmutableArray<IpAddr> own = [.. addresses.Select(IpAddr.Parse)];
        return new LocalEndpoint(
            "uid-" + name,
            "default",
            name,
            own,
            PeerSet.OfAddresses(own.Append(Node4).Append(Node6)),
            DirectionOf(ingress, Direction.Ingress),
            DirectionOf(egress, Direction.Egress));
    }

    /// <summary>A snapshot of these pods.</summary>
    internal static PolicySnapshot SnapshotOf(params IEnumerable<LocalEndpoint> endpoints) =>
        new(1, [.. endpoints], []);

    private static EndpointDirection DirectionOf(PolicySet set, Direction direction) => new(
        set,
        set.IsIsolated ? [new RuleOrigin("uid", "default", "policy", direction, -1, -1, -1)] : [],
        [
            .. set.Rules.Select((_, i) =>
                ImmutableArray.Create(new RuleOrigin("uid", "default", "policy", direction, i, 0, 0))),
        ]);

    private static PolicySnapshot Make((PolicySet Ingress, PolicySet Egress, int Families)[] pods) => SnapshotOf(
        pods.Select((pod, i) => Endpoint(
            $"pod{i + 1}",
            pod.Ingress,
            pod.Egress,
            pod.Families switch
            {
                0 => [$"10.0.0.{i + 1}"],
                1 => [$"fd00::{i + 1}"],
                _ => [$"10.0.0.{i + 1}", $"fd00::{i + 1}"],
            })));

    private static PacketHeaders MakePacket(
        bool v4, int src, int dst, byte proto, (ushort Src, ushort Dst) ports, byte flags, int shape, int extra)
    {
        IpAddr[] pool = v4 ? s_addresses4 : s_addresses6;
        PacketHeaders packet = new(pool[src % pool.Length], pool[dst % pool.Length], proto)
        {
            SrcL4Port = ports.Src,
            DstL4Port = ports.Dst,
            TcpFlags = flags,
            IcmpType = (byte)extra,
            DontFragment = v4 && extra % 2 == 0,
        };
        packet = shape switch
        {
            0 => packet with { MoreFragments = true },
            1 => packet with { FragmentOffset = 185 },
            2 => packet with { FragmentOffset = 185, MoreFragments = true },
            _ => packet,
        };
        byte[] chain = v4 ? []
            : shape <= 2 || shape == 3 ? (extra % 3 == 0 ? [0, 44] : [44])
            : shape == 4 ? [0, 43]
            : [];
        return packet with { Extensions = [.. chain] };
    }
}
