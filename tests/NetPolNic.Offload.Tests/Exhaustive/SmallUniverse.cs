using System.Collections.Immutable;
using System.Numerics;
using Dpdk.Flow;
using NetPolNic.Offload.Interpreter;
using NetPolNic.Offload.Tests.Support;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Offload.Tests.Exhaustive;

/// <summary>
/// Every packet of a universe of 256 addresses, the node's, and 256 ports: all flags, fragments and extension headers. Values that
/// no rule and no policy tells apart are found by asking each condition about each value, and one of them stands for all.
/// </summary>
internal sealed class SmallUniverse
{
    private readonly IpFamily _family;
    private readonly ImmutableArray<IpAddr> _addresses;
    private readonly ImmutableArray<ushort> _srcPorts;
    private readonly ImmutableArray<ushort> _dstPorts;
    private readonly ImmutableArray<byte> _flags;
    private readonly HashSet<IpAddr> _local;

    internal SmallUniverse(IpFamily family, PolicySnapshot policy, IReadOnlyCollection<FlowSpec> rules)
    {
        _family = family;
        _local = [.. policy.Endpoints.SelectMany(pod => pod.Addresses).Where(own => own.Family == family)];
        PolicySet[] sets = [.. policy.Endpoints.SelectMany(pod => (PolicySet[])[pod.Ingress.Set, pod.Egress.Set])];
        FlowItem[] items = [.. rules.SelectMany(rule => rule.Pattern)];
        IpAddr node = family == IpFamily.V4 ? Gens.Node4 : Gens.Node6;
        IpAddr[] everyAddress = [.. Enumerable.Range(0, 256).Select(i => Address(family, i)), node];
        _addresses = Representatives(
            everyAddress,
            [
                .. _local.Append(node).Select(own => (Func<IpAddr, bool>)(a => a == own)),
                .. sets.SelectMany(set => set.Rules).SelectMany(rule => rule.Peers.Prefixes)
                    .Select(prefix => (Func<IpAddr, bool>)prefix.Contains),
                .. items.SelectMany(AddressConditions),
            ]);
        ushort[] everyPort = [.. Enumerable.Range(0, 256).Select(port => (ushort)port)];
        Func<ushort, bool>[] policyPorts =
        [
            .. sets.SelectMany(set => set.Rules).SelectMany(rule => rule.Ports.Ranges)
                .Select(range => (Func<ushort, bool>)(port => range.First <= port && port <= range.Last)),
        ];
        _srcPorts = Representatives(everyPort, [.. policyPorts, .. items.SelectMany(item => PortConditions(item, source: true))]);
        _dstPorts = Representatives(everyPort, [.. policyPorts, .. items.SelectMany(item => PortConditions(item, source: false))]);
        _flags = Representatives<byte>(
            [.. Enumerable.Range(0, 256).Select(flags => (byte)flags)],
            [flags => (flags & 0x12) == 0x02, .. items.OfType<TcpItem>().Select(item => Condition(item.Flags))]);
    }

    /// <summary>Address <paramref name="i"/> of the universe.</summary>
    internal static IpAddr Address(IpFamily family, int i) =>
        IpAddr.Parse(family == IpFamily.V4 ? $"10.0.0.{i}" : $"fd00::{i:x}");

    /// <summary>One of each kind of packet to or from a local pod.</summary>
    internal IEnumerable<PacketHeaders> Packets() =>
        from src in _addresses
        from dst in _addresses
        where _local.Contains(src) || _local.Contains(dst)
        from proto in (byte[])[6, 17, 132, 1, 58, 47]
        from packet in Shapes(new PacketHeaders(src, dst, proto))
        select packet;

    private IEnumerable<PacketHeaders> Shapes(PacketHeaders packet)
    {
        bool hasPorts = packet.Proto is 6 or 17 or 132;
        return
            from srcPort in hasPorts ? _srcPorts : [0]
            from dstPort in hasPorts ? _dstPorts : [0]
            from flags in packet.Proto == 6 ? _flags : [0]
            from shape in Fragmented(packet with { SrcL4Port = srcPort, DstL4Port = dstPort, TcpFlags = flags })
            select shape;
    }

    private IEnumerable<PacketHeaders> Fragmented(PacketHeaders whole)
    {
        ImmutableArray<byte> fragment = _family == IpFamily.V6 ? [44] : [];
        yield return whole;
        yield return whole with { MoreFragments = true, Extensions = fragment };

        // A later fragment has no ports: one for each pair of addresses is enough.
        if (whole.SrcL4Port == _srcPorts[0] && whole.DstL4Port == _dstPorts[0] && whole.TcpFlags == _flags[0])
        {
            PacketHeaders later = whole with { SrcL4Port = 0, DstL4Port = 0, TcpFlags = 0, FragmentOffset = 9, Extensions = fragment };
            yield return later;
            yield return later with { MoreFragments = true };
        }

        if (_family == IpFamily.V4)
        {
            yield return whole with { DontFragment = true };
        }
        else
        {
            yield return whole with { Extensions = [0] };
            yield return whole with { Extensions = [44] };
        }
    }

    private static IEnumerable<Func<IpAddr, bool>> AddressConditions(FlowItem item) => item switch
    {
        Ipv4Item ip => [OnV4(Condition(ip.Src)), OnV4(Condition(ip.Dst))],
        Ipv6Item ip => [a => Condition(ip.Src)(a.Value), a => Condition(ip.Dst)(a.Value)],
        _ => [],
    };

    private static Func<IpAddr, bool> OnV4(Func<uint, bool> condition) => a => condition((uint)a.Value);

    private static IEnumerable<Func<ushort, bool>> PortConditions(FlowItem item, bool source) => item switch
    {
        TcpItem tcp => [Condition(source ? tcp.SrcL4Port : tcp.DstL4Port)],
        UdpItem udp => [Condition(source ? udp.SrcL4Port : udp.DstL4Port)],
        SctpItem sctp => [Condition(source ? sctp.SrcL4Port : sctp.DstL4Port)],
        _ => [],
    };

    private static Func<T, bool> Condition<T>(FieldMatch<T>? field)
        where T : unmanaged, IBinaryInteger<T> => field switch
        {
            null => _ => true,
            { Last: { } last } range => value => (value & range.Mask) >= range.Spec && (value & range.Mask) <= last,
            { } match => value => (value & match.Mask) == (match.Spec & match.Mask),
        };

    private static ImmutableArray<T> Representatives<T>(IReadOnlyList<T> values, Func<T, bool>[] conditions)
    {
        HashSet<string> seen = [];
        return [.. values.Where(value => seen.Add(new string([.. conditions.Select(holds => holds(value) ? '1' : '0')])))];
    }
}
