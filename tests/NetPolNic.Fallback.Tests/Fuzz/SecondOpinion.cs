using System.Buffers.Binary;
using NetPolNic.Fallback.Parsing;
using PacketDotNet;

namespace NetPolNic.Fallback.Tests.Fuzz;

/// <summary>
/// What an independent library reads of a frame, where it can judge: untagged, whole IPv4 and IPv6 packets without
/// extension headers, of TCP and UDP, whose lengths agree with each other. Elsewhere it is laxer than we may be.
/// </summary>
internal static class SecondOpinion
{
    /// <summary>The tuple; null where the library cannot judge.</summary>
    public static FlowKey? TupleOf(byte[] frame)
    {
        try
        {
            Packet packet = Packet.ParsePacket(LinkLayers.Ethernet, frame);
            return packet.PayloadPacket is IPPacket ip ? TupleOf(frame, ip) : null;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or IndexOutOfRangeException
            or NotImplementedException or NotSupportedException or OverflowException)
        {
            return null; // It throws at many a broken frame.
        }
    }

    private static FlowKey? TupleOf(byte[] frame, IPPacket ip)
    {
        const int EthernetBytes = 14;
        if (frame[EthernetBytes] >> 4 != (ip is IPv4Packet ? 4 : 6))
        {
            return null; // It believes the EtherType alone.
        }

        int available = frame.Length - EthernetBytes;
        bool isJudgeable = ip switch
        {
            IPv4Packet v4 => v4.HeaderLength >= 5 && v4.TotalLength <= available &&
                v4.FragmentOffset == 0 && (v4.FragmentFlags & 1) == 0,
            IPv6Packet v6 => v6.PayloadLength + 40 <= available && v6.PayloadLength > 0 &&
                v6.NextHeader is ProtocolType.Tcp or ProtocolType.Udp,
            _ => false,
        };
        int headerBytes = ip is IPv4Packet four ? four.HeaderLength * 4 : 40;
        int payloadBytes = (ip is IPv6Packet six ? six.PayloadLength + headerBytes : ip.TotalLength) - headerBytes;
        if (!isJudgeable)
        {
            return null;
        }

        (ushort Src, ushort Dst)? ports = ip.PayloadPacket switch
        {
            TcpPacket tcp when payloadBytes >= 20 && tcp.DataOffset >= 5 && tcp.DataOffset * 4 <= payloadBytes =>
                (tcp.SourcePort, tcp.DestinationPort),
            UdpPacket udp when payloadBytes >= 8 && udp.Length >= 8 && udp.Length <= payloadBytes =>
                (udp.SourcePort, udp.DestinationPort),
            _ => null,
        };
        return ports is null
            ? null
            : new FlowKey
            {
                SrcAddr = ValueOf(ip.SourceAddress.GetAddressBytes()),
                DstAddr = ValueOf(ip.DestinationAddress.GetAddressBytes()),
                SrcL4Port = ports.Value.Src,
                DstL4Port = ports.Value.Dst,
                IpProto = (byte)ip.Protocol,
                IpVersion = (byte)ip.Version,
            };
    }

    private static UInt128 ValueOf(byte[] addr) =>
        addr.Length == 4 ? BinaryPrimitives.ReadUInt32BigEndian(addr) : BinaryPrimitives.ReadUInt128BigEndian(addr);
}
