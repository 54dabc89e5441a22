using CsCheck;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Reference;

namespace NetPolNic.TestSupport;

/// <summary>
/// Random packets for the connection model, between few ends on few ports, so that replies are frequent.
/// </summary>
public static class PacketGen
{
    private static readonly ushort[] s_ports = [53, 80, 81, 8080, 40000];

    /// <summary>Packets of <see cref="Between"/>, with any two addresses of the universe.</summary>
    public static Gen<AbstractPacket> Packet { get; } = ClusterGen.Probe.SelectMany(p => Between(p.Src, p.Dst));

    /// <summary>
    /// A sequence between two ends, both ways, in time order: openings, replies, ICMP queries and errors about packets
    /// of the same pair, fragments.
    /// </summary>
    public static Gen<AbstractPacket[]> Conversation { get; } =
        from ends in ClusterGen.Probe
        from packets in Gen.OneOf(Between(ends.Src, ends.Dst), Between(ends.Dst, ends.Src)).Array[1, 14]
        select InTimeOrder(packets);

    /// <summary>A packet from one address to another.</summary>
    public static Gen<AbstractPacket> Between(IpAddr src, IpAddr dst) => Gen.Frequency(
        (10, Transport(src, dst)),
        (4, Icmp(src, dst)),
        (2, IcmpError(src, dst)),
        (1, Other(src, dst)),
        (4, Gen.Select(Transport(src, dst), Fragment, (p, f) => p with { Fragment = f })),
        (1, Gen.Select(Icmp(src, dst), Fragment, (p, f) => p with { Fragment = f })));

    private static Gen<FragmentInfo> Fragment { get; } =
        from id in Gen.Int[1, 3]
        from place in Gen.OneOf((0, true), (0, true), (0, false), (185, true), (185, false))
        select new FragmentInfo((uint)id, place.Item1, place.Item2);

    private static Gen<AbstractPacket> Transport(IpAddr src, IpAddr dst) =>
        from proto in Gen.OneOf<byte>(6, 6, 6, 17, 17, 132)
        from source in Gen.Int[0, s_ports.Length - 1]
        from target in Gen.Int[0, s_ports.Length - 1]
        from flags in Gen.OneOf<byte>(0x02, 0x02, 0x12, 0x10, 0x11, 0x04, 0x00)
        select new AbstractPacket
        {
            Src = src,
            Dst = dst,
            IpProto = proto,
            SrcL4Port = s_ports[source],
            DstL4Port = s_ports[target],
            TcpFlags = proto == 6 ? flags : (byte)0,
        };

    private static Gen<AbstractPacket> Icmp(IpAddr src, IpAddr dst) =>
        from type in src.Family == IpFamily.V4
            ? Gen.OneOf<byte>(8, 8, 0, 0, 13, 14, 5, 3)
            : Gen.OneOf<byte>(128, 128, 129, 129, 133, 135, 136, 1, 200)
        from id in Gen.Int[1, 2]
        select new AbstractPacket
        {
            Src = src,
            Dst = dst,
            IpProto = src.Family == IpFamily.V4 ? (byte)1 : (byte)58,
            IcmpType = type,
            IcmpId = (ushort)id,
        };

    /// <summary>An error to the sender of the quoted packet, whose other end (or anybody) sends it.</summary>
    private static Gen<AbstractPacket> IcmpError(IpAddr src, IpAddr dst) =>
        from quoted in Gen.OneOf(Transport(dst, src), Icmp(dst, src), Transport(src, dst))
        from type in src.Family == IpFamily.V4 ? Gen.OneOf<byte>(3, 4, 11, 12) : Gen.OneOf<byte>(1, 2, 3, 4)
        select new AbstractPacket
        {
            Src = src,
            Dst = dst,
            IpProto = src.Family == IpFamily.V4 ? (byte)1 : (byte)58,
            IcmpType = type,
            Embedded = quoted,
        };

    private static Gen<AbstractPacket> Other(IpAddr src, IpAddr dst) =>
        Gen.OneOf<byte>(47, 50, 58, 1).Select(p => new AbstractPacket { Src = src, Dst = dst, IpProto = p });

    private static AbstractPacket[] InTimeOrder(AbstractPacket[] packets) =>
        [.. packets.Select((p, i) => p with { TimeSec = i })];
}
