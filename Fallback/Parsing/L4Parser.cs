namespace NetPolNic.Fallback.Parsing;

/// <summary>TCP, UDP, SCTP, ICMP and ICMPv6 headers, as far as the connection model needs them.</summary>
[HotPath]
internal static unsafe class L4Parser
{
    private const int MinTcpBytes = 20;
    private const int MinUdpBytes = 8;
    private const int MinSctpBytes = 12;
    private const int MinIcmpBytes = 8;

    // RFC 792 section "Introduction": errors carry the IP header and 8 bytes of the original packet; RFC 9260 ports
    // and all others fit in them.
    private const int EmbeddedL4Bytes = 8;

    /// <summary>A SYN without a window scale.</summary>
    private const byte NoScale = 15;

    private const byte TcpFin = 0x01;
    private const byte TcpSyn = 0x02;
    private const byte TcpRst = 0x04;
    private const byte TcpAck = 0x10;

    /// <summary>Reads ports and kind of a whole packet or a first fragment.</summary>
    /// <param name="at">First byte of the L4 header.</param>
    /// <param name="length">Bytes of IP payload.</param>
    /// <param name="packet">Its key's protocol and version are set.</param>
    public static ParseStatus Parse(byte* at, int length, ref ParsedPacket packet)
    {
        bool whole = packet.Fragment == FragmentKind.Whole;
        ParseStatus tooShort = whole ? ParseStatus.Truncated : ParseStatus.TinyFragment;
        switch (packet.Key.IpProto)
        {
            case IpProtos.Tcp:
                return length < MinTcpBytes ? tooShort : ParseTcp(at, length, whole, ref packet);

            case IpProtos.Udp:
                if (length < MinUdpBytes)
                {
                    return tooShort;
                }

                ReadPorts(at, ref packet.Key);
                int udpBytes = Wire.U16(at + 4);
                return udpBytes < MinUdpBytes || (whole && udpBytes > length) ? ParseStatus.Malformed : ParseStatus.Ip;

            case IpProtos.Sctp:
                if (length < MinSctpBytes)
                {
                    return tooShort;
                }

                ReadPorts(at, ref packet.Key);
                return ParseStatus.Ip;

            case IpProtos.Icmp when packet.Key.IpVersion == 4:
            case IpProtos.Icmp6 when packet.Key.IpVersion == 6:
                return length < MinIcmpBytes ? tooShort : ParseIcmp(at, length, ref packet);

            default:
                return ParseStatus.Ip;
        }
    }

    /// <summary>RFC 3128: a TCP fragment at offset 8 or 16 can only serve to rewrite the header of the first.</summary>
    public static ParseStatus CheckLaterFragment(int offsetBytes, byte ipProto) =>
        ipProto == IpProtos.Tcp && offsetBytes < MinTcpBytes ? ParseStatus.TinyFragment : ParseStatus.Ip;

    /// <summary>Reads ports, or the identifier of an ICMP query, of the packet inside an ICMP error.</summary>
    /// <returns>False where fewer than 8 bytes of its L4 header are there.</returns>
    public static bool TryParseEmbedded(byte* at, int length, ref FlowKey key, out L4Kind kind)
    {
        kind = L4Kind.Other;
        switch (key.IpProto)
        {
            case IpProtos.Tcp or IpProtos.Udp or IpProtos.Sctp:
                if (length < EmbeddedL4Bytes)
                {
                    return false;
                }

                ReadPorts(at, ref key);
                return true;

            case IpProtos.Icmp when key.IpVersion == 4:
            case IpProtos.Icmp6 when key.IpVersion == 6:
                if (length < EmbeddedL4Bytes)
                {
                    return false;
                }

                kind = IcmpTypes.KindOf(key.IpVersion, at[0]);
                key.SrcL4Port = kind is L4Kind.IcmpRequest or L4Kind.IcmpReply ? Wire.U16(at + 4) : (ushort)0;
                return kind is L4Kind.IcmpRequest or L4Kind.IcmpReply;

            default:
                return true;
        }
    }

    /// <summary>What a TCP segment with some flags is to the connection model.</summary>
    public static L4Kind KindOfTcp(byte flags) => (flags & (TcpSyn | TcpAck)) == TcpSyn ? L4Kind.TcpSyn
        : (flags & TcpRst) != 0 ? L4Kind.TcpReset
        : (flags & TcpFin) != 0 ? L4Kind.TcpFin : L4Kind.TcpData;

    private static ParseStatus ParseTcp(byte* at, int length, bool whole, ref ParsedPacket packet)
    {
        ReadPorts(at, ref packet.Key);
        int headerBytes = (at[12] >> 4) * 4;
        if (headerBytes < MinTcpBytes || (whole && headerBytes > length))
        {
            return ParseStatus.Malformed;
        }

        byte flags = at[13];
        packet.TcpSeq = Wire.U32(at + 4);
        packet.TcpAck = Wire.U32(at + 8);
        packet.TcpWindow = Wire.U16(at + 14);
        packet.TcpFlags = flags;
        packet.L4PayloadBytes = Math.Max(length - headerBytes, 0);
        packet.L4 = KindOfTcp(flags);
        if ((flags & TcpSyn) != 0)
        {
            packet.TcpScale = ReadScale(at + MinTcpBytes, Math.Min(headerBytes, length) - MinTcpBytes);
        }

        return ParseStatus.Ip;
    }

    /// <summary>The window scale among TCP options (RFC 7323), or <see cref="NoScale"/>.</summary>
    private static byte ReadScale(byte* options, int length)
    {
        const byte EndOfOptions = 0;
        const byte NoOperation = 1;
        const byte WindowScale = 3;
        const byte MaxScale = 14;
        int at = 0;
        while (at < length && options[at] != EndOfOptions)
        {
            if (options[at] == NoOperation)
            {
                at++;
                continue;
            }

            if (length - at < 2 || options[at + 1] < 2)
            {
                break;
            }

            if (options[at] == WindowScale && options[at + 1] == 3 && length - at >= 3)
            {
                return Math.Min(options[at + 2], MaxScale);
            }

            at += options[at + 1];
        }

        return NoScale;
    }

    private static ParseStatus ParseIcmp(byte* at, int length, ref ParsedPacket packet)
    {
        packet.L4 = IcmpTypes.KindOf(packet.Key.IpVersion, at[0]);
        if (packet.L4 is L4Kind.IcmpRequest or L4Kind.IcmpReply)
        {
            packet.Key.SrcL4Port = Wire.U16(at + 4);
        }
        else if (packet.L4 == L4Kind.NeighbourDiscovery)
        {
            NeighbourParser.ReadClaim(at, length, ref packet);
        }
        else if (packet.L4 == L4Kind.IcmpError &&
            !TryReadEmbedded(at + MinIcmpBytes, length - MinIcmpBytes, ref packet))
        {
            packet.L4 = L4Kind.IcmpOther;
        }

        return ParseStatus.Ip;
    }

    private static bool TryReadEmbedded(byte* at, int length, ref ParsedPacket packet) => packet.Key.IpVersion == 4
        ? Ipv4Parser.TryParseEmbedded(at, length, out packet.Embedded, out packet.EmbeddedL4)
        : Ipv6Parser.TryParseEmbedded(at, length, out packet.Embedded, out packet.EmbeddedL4);

    private static void ReadPorts(byte* at, ref FlowKey key)
    {
        key.SrcL4Port = Wire.U16(at);
        key.DstL4Port = Wire.U16(at + 2);
    }
}
