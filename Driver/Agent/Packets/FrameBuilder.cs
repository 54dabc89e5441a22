using System.Buffers.Binary;
using NetPolNic.Policy.Model;

namespace NetPolNic.Agent.Packets;

/// <summary>Builds Ethernet frames with correct lengths and checksums, for the emulated node and for verify.</summary>
/// <remarks>RFC 791, 8200, 9293, 768, 9260, 792, 4443, 826.</remarks>
internal static class FrameBuilder
{
    /// <summary>TCP flag bits: SYN without ACK opens a connection.</summary>
    public const byte TcpSyn = 0x02;

    /// <summary>TCP flag bits of a packet in the middle of a connection.</summary>
    public const byte TcpAck = 0x10;

    private const int EthernetBytes = 14;

    /// <summary>The first packet of a connection: TCP with SYN, a UDP datagram, an SCTP INIT chunk.</summary>
    public static byte[] First(
        ulong srcMac, ulong dstMac, IpAddr src, IpAddr dst, L4Proto proto, ushort srcL4Port, ushort dstL4Port, uint tag = 0) =>
        L4(srcMac, dstMac, src, dst, proto, srcL4Port, dstL4Port, TcpSyn, tag);

    /// <summary>A TCP, UDP or SCTP packet; <paramref name="tag"/> is carried where a receiver can read it back.</summary>
    /// <param name="srcMac">48-bit number, first octet most significant.</param>
    /// <param name="dstMac">Likewise.</param>
    /// <param name="src">Source address; both of one family.</param>
    /// <param name="dst">Destination address.</param>
    /// <param name="proto">Protocol.</param>
    /// <param name="srcL4Port">Host order.</param>
    /// <param name="dstL4Port">Host order.</param>
    /// <param name="tcpFlags">TCP flag byte; ignored for other protocols.</param>
    /// <param name="tag">The last four bytes of the payload, most significant first.</param>
    public static byte[] L4(
        ulong srcMac,
        ulong dstMac,
        IpAddr src,
        IpAddr dst,
        L4Proto proto,
        ushort srcL4Port,
        ushort dstL4Port,
        byte tcpFlags,
        uint tag = 0)
    {
        byte[] segment = proto switch
        {
            L4Proto.Tcp => new byte[20 + 4],
            L4Proto.Udp => new byte[8 + 4],
            _ => new byte[12 + 20 + 4],
        };
        BinaryPrimitives.WriteUInt16BigEndian(segment, srcL4Port);
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(2), dstL4Port);
        BinaryPrimitives.WriteUInt32BigEndian(segment.AsSpan(segment.Length - 4), tag);
        int checksumAt = -1;
        switch (proto)
        {
            case L4Proto.Tcp:
                segment[12] = 5 << 4;
                segment[13] = tcpFlags;
                BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(14), 0xffff);
                checksumAt = 16;
                break;
            case L4Proto.Udp:
                BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(4), (ushort)segment.Length);
                checksumAt = 6;
                break;
            default:
                // An INIT chunk (type 1) of 20 bytes; the CRC32c is left zero: nothing in the data path reads it.
                segment[12] = 1;
                BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(14), 20);
                break;
        }

        if (checksumAt >= 0)
        {
            ushort sum = PseudoChecksum(src, dst, (byte)proto, segment);
            BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(checksumAt), sum);
        }

        return Ip(srcMac, dstMac, src, dst, (byte)proto, segment);
    }

    /// <summary>An IP packet of any protocol around <paramref name="payload"/>.</summary>
    public static byte[] Ip(ulong srcMac, ulong dstMac, IpAddr src, IpAddr dst, byte ipProto, ReadOnlySpan<byte> payload)
    {
        if (src.Family != dst.Family)
        {
            throw new ArgumentException("both addresses must be of one family", nameof(dst));
        }

        bool v4 = src.Family == IpFamily.V4;
        int header = v4 ? 20 : 40;
        byte[] frame = new byte[EthernetBytes + header + payload.Length];
        Ethernet(frame, srcMac, dstMac, (ushort)(v4 ? 0x0800 : 0x86dd));
        Span<byte> ip = frame.AsSpan(EthernetBytes);
        if (v4)
        {
            ip[0] = 0x45;
            BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(header + payload.Length));
            ip[8] = 64;
            ip[9] = ipProto;
            BinaryPrimitives.WriteUInt32BigEndian(ip[12..], (uint)src.Value);
            BinaryPrimitives.WriteUInt32BigEndian(ip[16..], (uint)dst.Value);
            BinaryPrimitives.WriteUInt16BigEndian(ip[10..], Fold(Sum(ip[..20])));
        }
        else
        {
            ip[0] = 0x60;
            BinaryPrimitives.WriteUInt16BigEndian(ip[4..], (ushort)payload.Length);
            ip[6] = ipProto;
            ip[7] = 64;
            BinaryPrimitives.WriteUInt128BigEndian(ip[8..], src.Value);
            BinaryPrimitives.WriteUInt128BigEndian(ip[24..], dst.Value);
        }

        payload.CopyTo(ip[header..]);
        return frame;
    }

    /// <summary>A gratuitous ARP announcement (IPv4) or an unsolicited neighbour advertisement (IPv6).</summary>
    public static byte[] Announce(ulong mac, IpAddr addr)
    {
        const ulong Broadcast = 0xffff_ffff_ffff;
        if (addr.Family == IpFamily.V6)
        {
            // ff02::1, all nodes; type 136 with the override flag and the target link-layer address option.
            byte[] advertisement = new byte[32];
            advertisement[0] = 136;
            advertisement[4] = 0x20;
            BinaryPrimitives.WriteUInt128BigEndian(advertisement.AsSpan(8), addr.Value);
            advertisement[24] = 2;
            advertisement[25] = 1;
            WriteMac(advertisement.AsSpan(26), mac);
            IpAddr allNodes = IpAddr.V6(((UInt128)0xff02 << 112) | 1);
            ushort sum = PseudoChecksum(addr, allNodes, 58, advertisement);
            BinaryPrimitives.WriteUInt16BigEndian(advertisement.AsSpan(2), sum);
            byte[] packet = Ip(mac, 0x3333_0000_0001, addr, allNodes, 58, advertisement);
            packet[EthernetBytes + 7] = 255;
            return packet;
        }

        byte[] frame = new byte[EthernetBytes + 28];
        Ethernet(frame, mac, Broadcast, 0x0806);
        Span<byte> arp = frame.AsSpan(EthernetBytes);
        BinaryPrimitives.WriteUInt16BigEndian(arp, 1);
        BinaryPrimitives.WriteUInt16BigEndian(arp[2..], 0x0800);
        arp[4] = 6;
        arp[5] = 4;
        BinaryPrimitives.WriteUInt16BigEndian(arp[6..], 1);
        WriteMac(arp[8..], mac);
        BinaryPrimitives.WriteUInt32BigEndian(arp[14..], (uint)addr.Value);
        BinaryPrimitives.WriteUInt32BigEndian(arp[24..], (uint)addr.Value);
        return frame;
    }

    private static void Ethernet(Span<byte> frame, ulong srcMac, ulong dstMac, ushort etherType)
    {
        WriteMac(frame, dstMac);
        WriteMac(frame[6..], srcMac);
        BinaryPrimitives.WriteUInt16BigEndian(frame[12..], etherType);
    }

    private static void WriteMac(Span<byte> at, ulong mac)
    {
        BinaryPrimitives.WriteUInt16BigEndian(at, (ushort)(mac >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(at[2..], (uint)(mac & uint.MaxValue));
    }

    private static ushort PseudoChecksum(IpAddr src, IpAddr dst, byte ipProto, ReadOnlySpan<byte> segment)
    {
        Span<byte> pseudo = stackalloc byte[40];
        pseudo.Clear();
        BinaryPrimitives.WriteUInt128BigEndian(pseudo, src.Value);
        BinaryPrimitives.WriteUInt128BigEndian(pseudo[16..], dst.Value);
        BinaryPrimitives.WriteUInt32BigEndian(pseudo[32..], (uint)segment.Length);
        pseudo[39] = ipProto;
        ushort folded = Fold(Sum(pseudo) + Sum(segment));
        return folded == 0 && ipProto == (byte)L4Proto.Udp ? ushort.MaxValue : folded;
    }

    private static ulong Sum(ReadOnlySpan<byte> bytes)
    {
        ulong sum = 0;
        int i = 0;
        for (; i + 1 < bytes.Length; i += 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(bytes[i..]);
        }

        return i < bytes.Length ? sum + ((ulong)bytes[i] << 8) : sum;
    }

    private static ushort Fold(ulong sum)
    {
        while (sum >> 16 != 0)
        {
            sum = (sum & 0xffff) + (sum >> 16);
        }

        return (ushort)(~sum & 0xffff);
    }
}
