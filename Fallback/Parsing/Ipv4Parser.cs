namespace NetPolNic.Fallback.Parsing;

/// <summary>IPv4 (RFC 791).</summary>
[HotPath]
internal static unsafe class Ipv4Parser
{
    private const int MinHeaderBytes = 20;
    private const int MaxDatagramBytes = 65535;

    /// <summary>Parses the packet at <paramref name="at"/>; <paramref name="length"/> bytes may be read.</summary>
    public static ParseStatus Parse(byte* at, int length, ref ParsedPacket packet)
    {
        if (length < MinHeaderBytes)
        {
            return ParseStatus.Truncated;
        }

        int headerBytes = (at[0] & 0x0f) * 4;
        int totalBytes = Wire.U16(at + 2);
        if (at[0] >> 4 != 4 || headerBytes < MinHeaderBytes || totalBytes < headerBytes)
        {
            return ParseStatus.Malformed;
        }

        if (totalBytes > length)
        {
            return ParseStatus.Truncated;
        }

        ReadTuple(at, ref packet.Key);
        packet.FragmentId = Wire.U16(at + 4);
        packet.FragmentProto = at[9];
        int flagsAndOffset = Wire.U16(at + 6);
        int offsetBytes = (flagsAndOffset & 0x1fff) * 8;
        bool more = (flagsAndOffset & 0x2000) != 0;
        int payloadBytes = totalBytes - headerBytes;
        if (offsetBytes == 0)
        {
            packet.Fragment = more ? FragmentKind.First : FragmentKind.Whole;
            return L4Parser.Parse(at + headerBytes, payloadBytes, ref packet);
        }

        packet.Fragment = FragmentKind.Later;
        return offsetBytes + payloadBytes + headerBytes > MaxDatagramBytes
            ? ParseStatus.Malformed
            : L4Parser.CheckLaterFragment(offsetBytes, packet.FragmentProto);
    }

    /// <summary>
    /// Reads the tuple of a packet embedded in an ICMP error. Its total length describes the original packet and only
    /// its first bytes are there, so it bounds nothing.
    /// </summary>
    /// <returns>False: too short, malformed or a later fragment.</returns>
    public static bool TryParseEmbedded(byte* at, int length, out FlowKey key, out L4Kind kind)
    {
        key = default;
        kind = default;
        if (length < MinHeaderBytes || at[0] >> 4 != 4)
        {
            return false;
        }

        int headerBytes = (at[0] & 0x0f) * 4;
        bool laterFragment = (Wire.U16(at + 6) & 0x1fff) != 0;
        if (headerBytes < MinHeaderBytes || headerBytes > length || laterFragment)
        {
            return false;
        }

        ReadTuple(at, ref key);
        return L4Parser.TryParseEmbedded(at + headerBytes, length - headerBytes, ref key, out kind);
    }

    private static void ReadTuple(byte* at, ref FlowKey key)
    {
        key.IpVersion = 4;
        key.IpProto = at[9];
        key.SrcAddr = Wire.U32(at + 12);
        key.DstAddr = Wire.U32(at + 16);
    }
}
