using NetPolNic.Policy.Model;
using NetPolNic.Policy.Reference;

namespace NetPolNic.Fallback.Tests.Rig;

/// <summary>Writes the packets of the reference model as frames.</summary>
internal static class PacketFrames
{
    /// <summary>
    /// The frame of a packet; its L4 header is whole, so that a TCP fragment starts at 24 bytes at least.
    /// </summary>
    public static FrameBuilder ToFrame(this AbstractPacket packet)
    {
        FrameBuilder frame = FrameBuilder.Ip(packet.Src, packet.Dst);
        if (packet.Fragment is { } fragment)
        {
            frame.Fragment(fragment.Id, fragment.Offset, fragment.More);
            if (fragment.IsLater)
            {
                return frame.Raw(packet.IpProto, new byte[16]);
            }
        }

        if (packet.IsIcmp)
        {
            byte[] quoted = packet.Embedded?.ToFrame().BuildIp() ?? [];
            return frame.Icmp(packet.IcmpType, packet.IcmpId, quoted);
        }

        return packet.IpProto switch
        {
            6 => frame.Tcp(packet.SrcL4Port, packet.DstL4Port, packet.TcpFlags, payload: 4),
            17 => frame.Udp(packet.SrcL4Port, packet.DstL4Port),
            132 => frame.Sctp(packet.SrcL4Port, packet.DstL4Port),
            _ => frame.Raw(packet.IpProto, new byte[16]),
        };
    }

    /// <summary>The packet that answers another, with TCP flags of its own.</summary>
    public static AbstractPacket Reversed(this AbstractPacket packet, byte tcpFlags) => packet with
    {
        Src = packet.Dst,
        Dst = packet.Src,
        SrcL4Port = packet.DstL4Port,
        DstL4Port = packet.SrcL4Port,
        TcpFlags = packet.IpProto == 6 ? tcpFlags : (byte)0,
        IcmpType = ReplyType(packet),
        Embedded = null,
        Fragment = null,
    };

    private static byte ReplyType(AbstractPacket packet)
    {
        if (!packet.IsIcmpRequest)
        {
            return packet.IcmpType;
        }

        bool echoV4 = packet.Src.Family == IpFamily.V4 && packet.IcmpType == 8;
        return echoV4 ? (byte)0 : (byte)(packet.IcmpType + 1);
    }
}
