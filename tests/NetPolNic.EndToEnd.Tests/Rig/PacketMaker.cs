using NetPolNic.Agent.Packets;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Reference;

namespace NetPolNic.EndToEnd.Tests.Rig;

/// <summary>Makes packets that have to do with each other: replies, repetitions, errors, fragments.</summary>
internal static class PacketMaker
{
    /// <summary>An operation that makes a packet without regard to earlier ones.</summary>
    public const int FreshOp = 24;

    /// <summary>How far back an earlier packet is looked for: near ones make conversations.</summary>
    private const int Memory = 12;

    private static readonly byte[] s_flags = [0x02, 0x02, 0x12, 0x10, 0x10, 0x11, 0x14, 0x18, 0x00, 0xc2];
    private static readonly byte[] s_icmpV4 = [8, 8, 0, 0, 13, 14, 15, 16, 17, 18, 3, 5, 9];
    private static readonly byte[] s_icmpV6 = [128, 128, 129, 129, 1, 133, 135, 136, 137, 138, 100];
    private static readonly byte[] s_errorsV4 = [3, 4, 11, 12, 5];
    private static readonly byte[] s_errorsV6 = [1, 2, 3, 4, 100];
    private static readonly ushort[] s_ports = [53, 80, 81, 8080, 1000];

    /// <summary>ICMPv6 types 133 to 137 (S-b16).</summary>
    public static bool IsNeighbourDiscovery(this ProbePacket packet) => packet.ToAbstract().IsNeighbourDiscovery;

    /// <summary>The packet of a step.</summary>
    public static ProbePacket Make(Step step, IReadOnlyList<ProbePacket> sent)
    {
        ProbePacket? earlier = sent.Count == 0 ? null : sent[^(1 + (step.Which % Math.Min(sent.Count, Memory)))];
        return (step.Op, earlier) switch
        {
            ( >= 1 and <= 6, { } packet) => Reply(packet, step.Choice),
            ( >= 7 and <= 9, { } packet) => packet with { TcpFlags = Flags(packet, step.Choice), Fragment = null },
            (10 or 11, { Fragment: null or { IsLater: false } } packet) => Error(step, packet),
            (12 or 13, { } packet) => packet with { Fragment = new FragmentInfo((uint)step.Choice % 2, 0, true) },
            ( >= 14 and <= 16, { } packet) => Later(packet, step.Choice),
            (17, { } packet) => packet with { Fragment = new FragmentInfo((uint)step.Choice % 2, 0, false) },
            _ => Fresh(step),
        };
    }

    private static ProbePacket Reply(ProbePacket packet, int choice) => packet.Reversed() with
    {
        TcpFlags = Flags(packet, choice),
        IcmpType = packet.IcmpType switch
        {
            8 or 13 or 15 or 17 or 128 when packet.IpProto is 1 or 58 =>
                (byte)(packet.IcmpType + (packet.IcmpType == 8 ? -8 : 1)),
            0 when packet.IpProto == 1 => 8,
            129 when packet.IpProto == 58 => 128,
            _ => packet.IcmpType,
        },
        Fragment = choice % 9 == 0 ? packet.Fragment : null,
        Embedded = null,
    };

    private static ProbePacket Fresh(Step step)
    {
        ProbePacket packet = new(step.Probe.Src, step.Probe.Dst, step.Probe.IpProto);
        if (packet.IpProto is 6 or 17 or 132)
        {
            return packet with
            {
                SrcL4Port = s_ports[step.Choice / 11 % s_ports.Length],
                DstL4Port = step.Probe.DstL4Port,
                TcpFlags = Flags(packet, step.Choice),
            };
        }

        bool v4 = packet.Src.Family == IpFamily.V4;
        byte[] types = v4 ? s_icmpV4 : s_icmpV6;
        return packet.IpProto == (v4 ? 1 : 58)
            ? packet with { IcmpType = types[step.Choice % types.Length], IcmpId = (ushort)(step.Choice / 31 % 2) }
            : packet;
    }

    private static ProbePacket Later(ProbePacket packet, int choice) => new(packet.Src, packet.Dst, packet.IpProto)
    {
        Fragment = new FragmentInfo((uint)choice % 2, 3 + (choice / 2 % 4), choice % 3 != 0),
    };

    /// <summary>An error about a packet, mostly to its sender, from anywhere.</summary>
    private static ProbePacket Error(Step step, ProbePacket about)
    {
        bool v4 = about.Src.Family == IpFamily.V4;
        byte[] types = v4 ? s_errorsV4 : s_errorsV6;
        IpAddr from = step.Choice % 3 != 0 && step.Probe.Src.Family == about.Src.Family ? step.Probe.Src : about.Dst;
        return new ProbePacket(from, step.Choice % 5 == 0 ? about.Dst : about.Src, (byte)(v4 ? 1 : 58))
        {
            IcmpType = types[step.Choice / 5 % types.Length],
            Embedded = about with { Embedded = null, Fragment = null },
        };
    }

    private static byte Flags(ProbePacket packet, int choice) =>
        packet.IpProto == 6 ? s_flags[choice % s_flags.Length] : (byte)0;
}
