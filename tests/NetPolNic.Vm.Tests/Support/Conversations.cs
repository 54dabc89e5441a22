using System.Collections.Immutable;
using NetPolNic.Agent.Packets;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Reference;

namespace NetPolNic.Vm.Tests.Support;

/// <summary>What two addresses send each other: TCP, UDP, SCTP, ICMP, GRE, fragments; openings, replies and strays.</summary>
internal static class Conversations
{
    private const byte Tcp = 6;
    private const byte Udp = 17;
    private const byte Sctp = 132;
    private const byte Gre = 47;
    private const byte SynAck = 0x12;
    private const byte Ack = 0x10;
    private const int LaterOffset = 5;

    private static readonly ImmutableArray<(byte Proto, ushort Number)> s_services =
    [
        (Tcp, 8080), (Tcp, 9090), (Tcp, 5432), (Tcp, 9187), (Tcp, 25), (Tcp, 7),
        (Udp, 53), (Udp, 9), (Sctp, 3868), (Sctp, 9),
    ];

    /// <summary>
    /// Pairs that talk at the same time: few, for a first fragment is remembered for 30 s only, and an emulated machine may be slow.
    /// </summary>
    private const int PairsAtATime = 24;

    /// <summary>
    /// All packets in order: of some pairs the first step of every conversation, then the second one, and so on; within a
    /// step, those of one port together. Then of the next pairs.
    /// </summary>
    /// <param name="network">Who there is.</param>
    /// <param name="series">Conversations of different series share no connection and no datagram.</param>
    public static IEnumerable<ProbePacket> All(Network network, int series) =>
        network.Pairs.Chunk(PairsAtATime).SelectMany(pairs => Interleaved(network, pairs, series));

    private static IEnumerable<ProbePacket> Interleaved(Network network, (IpAddr Src, IpAddr Dst)[] pairs, int series)
    {
        List<ImmutableArray<ProbePacket>> all = [.. pairs.SelectMany(pair => Between(pair.Src, pair.Dst, series))];
        for (int step = 0; all.Any(conversation => step < conversation.Length); step++)
        {
            IEnumerable<ProbePacket> now = all.Where(conversation => step < conversation.Length).Select(conversation => conversation[step]);
            foreach (ProbePacket packet in now.OrderBy(packet => network.PortOf(packet.Src)))
            {
                yield return packet;
            }
        }
    }

    private static IEnumerable<ImmutableArray<ProbePacket>> Between(IpAddr src, IpAddr dst, int series)
    {
        bool v4 = src.Family == IpFamily.V4;
        byte icmp = (byte)(v4 ? 1 : 58);
        ushort client = (ushort)(30000 + (series * 1000));
        ushort id = (ushort)((series * 100) + 1);
        ushort UdpClient(int service) => (ushort)(client + service);

        for (int i = 0; i < s_services.Length; i++)
        {
            (byte proto, ushort number) = s_services[i];
            ProbePacket first = ProbePacket.First(src, dst, proto, number) with { SrcL4Port = UdpClient(i) };
            yield return proto == Tcp
                ? [first, first.Reversed() with { TcpFlags = SynAck }, first with { TcpFlags = Ack }]
                : [first, first.Reversed()];
        }

        // Replies to nothing.
        yield return [new(src, dst, Tcp) { SrcL4Port = 8080, DstL4Port = (ushort)(client + 100), TcpFlags = Ack }];
        yield return [new(src, dst, Udp) { SrcL4Port = 53, DstL4Port = (ushort)(client + 101) }];

        ProbePacket echo = new(src, dst, icmp) { IcmpType = (byte)(v4 ? 8 : 128), IcmpId = id };
        yield return [echo, echo.Reversed() with { IcmpType = (byte)(v4 ? 0 : 129) }];
        yield return [echo with { IcmpType = (byte)(v4 ? 0 : 129), IcmpId = (ushort)(id + 1) }];

        // An error about what the other one has asked its name server, and one about what nobody has sent.
        ProbePacket asked = ProbePacket.First(dst, src, Udp, 53) with { SrcL4Port = UdpClient(6) };
        ProbePacket error = new(src, dst, icmp) { IcmpType = (byte)(v4 ? 3 : 1) };
        yield return [echo with { IcmpId = (ushort)(id + 2) }, error with { Embedded = asked }];
        yield return [error with { Embedded = asked with { SrcL4Port = (ushort)(client + 102) } }];

        foreach ((byte proto, ushort number, int part) in ((byte, ushort, int)[])[(Udp, 53, 1), (Tcp, 8080, 2), (Tcp, 7, 3), (Sctp, 3868, 4)])
        {
            ProbePacket first = ProbePacket.First(src, dst, proto, number) with
            {
                SrcL4Port = (ushort)(client + 200 + part),
                Fragment = new FragmentInfo((uint)(id + part), 0, More: true),
            };
            yield return [first, Later(proto, id + part)];
            yield return [Later(proto, id + 50 + part)];
        }

        yield return [new(src, dst, Gre)];

        ProbePacket Later(byte proto, int of) =>
            new(src, dst, proto) { Fragment = new FragmentInfo((uint)of, LaterOffset, More: false) };
    }
}
