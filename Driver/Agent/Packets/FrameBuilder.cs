using System.Buffers.Binary;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Reference;

namespace NetPolNic.Agent.Packets;

/// <summary>Builds Ethernet frames with correct lengths and checksums, for the emulated node and for verify.</summary>
/// <remarks>RFC 791, 8200, 9293, 768, 9260, 792, 4443, 826.</remarks>
internal static class FrameBuilder
{
    /// <summary>Length of an untagged Ethernet header.</summary>
    public const int EthernetBytes = 14;

    private const byte Icmp6 = 58;
    private const byte Ipv6FragmentHeader = 44;

    /// <summary>A TCP, UDP or SCTP header with a short payload, a multiple of 8 bytes in all; checksums as if it were not fragmented.</summary>
    /// <param name="src">Source address; both of one family.</param>
    /// <param name="dst">Destination address.</param>
    /// <param name="proto">Protocol; SCTP carries an INIT chunk.</param>
    /// <param name="srcL4Port">Host order.</param>
    /// <param name="dstL4Port">Host order.</param>
    /// <param name="tcpFlags">TCP flag byte; ignored for other protocols.</param>
    /// <param name="tag">The last four bytes, most significant first.</param>
    public static byte[] Segment(
        IpAddr src, IpAddr dst, L4Proto proto, ushort srcL4Port, ushort dstL4Port, byte tcpFlags, uint tag)
    {
        byte[] segment = proto switch
        {
            L4Proto.Tcp => new byte[20 + 4],
            L4Proto.Udp => new byte[8 + 8],
            _ => new byte[12 + 20 + 8],
        };
        BinaryPrimitives.WriteUInt16BigEndian(segment, srcL4Port);
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(2), dstL4Port);
        BinaryPrimitives.WriteUInt32BigEndian(segment.AsSpan(segment.Length - 4), tag);
        switch (proto)
        {
            case L4Proto.Tcp:
                segment[12] = 5 << 4;
                segment[13] = tcpFlags;
                BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(14), 0xffff);
                WriteChecksum(segment.AsSpan(16), src, dst, (byte)proto, segment);
                break;
            case L4Proto.Udp:
                BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(4), (ushort)segment.Length);
                WriteChecksum(segment.AsSpan(6), src, dst, (byte)proto, segment);
                break;
            default:
                // An INIT chunk (type 1) of 20 bytes; the CRC32c is left zero: nothing in the data path reads it.
                segment[12] = 1;
                BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(14), 20);
                break;
        }

        return segment;
    }

    /// <summary>Fills in the checksum of an ICMP or ICMPv6 message, over the pseudo header for the latter.</summary>
    public static void WriteIcmpChecksum(IpAddr src, IpAddr dst, Span<byte> message)
    {
        ulong sum = Sum(message) + (src.Family == IpFamily.V6 ? PseudoSum(src, dst, Icmp6, message.Length) : 0);
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], Fold(sum));
    }

    /// <summary>An IP packet of any protocol around <paramref name="payload"/>.</summary>
    /// <param name="srcMac">48-bit number, first octet most significant.</param>
    /// <param name="dstMac">Likewise.</param>
    /// <param name="src">Source address; both of one family.</param>
    /// <param name="dst">Destination address.</param>
    /// <param name="ipProto">IP protocol number.</param>
    /// <param name="payload">What follows the IP headers.</param>
    /// <param name="fragment">Makes it a fragment: by the header's word in IPv4, by a fragment header in IPv6.</param>
    public static byte[] Ip(
        ulong srcMac,
        ulong dstMac,
        IpAddr src,
        IpAddr dst,
        byte ipProto,
        ReadOnlySpan<byte> payload,
        FragmentInfo? fragment = null)
    {
        if (src.Family != dst.Family)
        {
            throw new ArgumentException("both addresses must be of one family", nameof(dst));
        }

        bool v4 = src.Family == IpFamily.V4;
        int header = v4 ? 20 : fragment is null ? 40 : 48;
        byte[] frame = new byte[EthernetBytes + header + payload.Length];
        Ethernet(frame, srcMac, dstMac, (ushort)(v4 ? 0x0800 : 0x86dd));
        Span<byte> ip = frame.AsSpan(EthernetBytes);
        if (v4)
        {
            ip[0] = 0x45;
            BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(header + payload.Length));
            if (fragment is { } part)
            {
                BinaryPrimitives.WriteUInt16BigEndian(ip[4..], (ushort)part.Id);
                BinaryPrimitives.WriteUInt16BigEndian(ip[6..], (ushort)((part.More ? 0x2000 : 0) | part.Offset));
            }

            ip[8] = 64;
            ip[9] = ipProto;
            BinaryPrimitives.WriteUInt32BigEndian(ip[12..], (uint)src.Value);
            BinaryPrimitives.WriteUInt32BigEndian(ip[16..], (uint)dst.Value);
            BinaryPrimitives.WriteUInt16BigEndian(ip[10..], Fold(Sum(ip[..20])));
        }
        else
        {
            ip[0] = 0x60;
            BinaryPrimitives.WriteUInt16BigEndian(ip[4..], (ushort)(header - 40 + payload.Length));
            ip[6] = ipProto;
            if (fragment is { } part)
            {
                ip[6] = Ipv6FragmentHeader;
                ip[40] = ipProto;
                BinaryPrimitives.WriteUInt16BigEndian(ip[42..], (ushort)((part.Offset << 3) | (part.More ? 1 : 0)));
                BinaryPrimitives.WriteUInt32BigEndian(ip[44..], part.Id);
            }

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
            WriteIcmpChecksum(addr, allNodes, advertisement);
            byte[] packet = Ip(mac, 0x3333_0000_0001, addr, allNodes, Icmp6, advertisement);
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

    private static void WriteChecksum(Span<byte> at, IpAddr src, IpAddr dst, byte ipProto, ReadOnlySpan<byte> segment)
    {
        ushort folded = Fold(PseudoSum(src, dst, ipProto, segment.Length) + Sum(segment));

        // In UDP zero means "no checksum" (RFC 768); the complement's other zero stands for it.
        bool udpZero = folded == 0 && ipProto == (byte)L4Proto.Udp;
        BinaryPrimitives.WriteUInt16BigEndian(at, udpZero ? ushort.MaxValue : folded);
    }

    private static ulong PseudoSum(IpAddr src, IpAddr dst, byte ipProto, int length)
    {
        Span<byte> pseudo = stackalloc byte[40];
        pseudo.Clear();
        BinaryPrimitives.WriteUInt128BigEndian(pseudo, src.Value);
        BinaryPrimitives.WriteUInt128BigEndian(pseudo[16..], dst.Value);
        BinaryPrimitives.WriteUInt32BigEndian(pseudo[32..], (uint)length);
        pseudo[39] = ipProto;
        return Sum(pseudo);
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
