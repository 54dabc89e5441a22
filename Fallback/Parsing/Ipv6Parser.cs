namespace NetPolNic.Fallback.Parsing;

/// <summary>IPv6 and its extension headers (RFC 8200).</summary>
[HotPath]
internal static unsafe class Ipv6Parser
{
    private const int HeaderBytes = 40;
    private const int FragmentHeaderBytes = 8;

    /// <summary>Parses the packet at <paramref name="at"/>; <paramref name="length"/> bytes may be read.</summary>
    public static ParseStatus Parse(byte* at, int length, ref ParsedPacket packet)
    {
        if (length < HeaderBytes)
        {
            return ParseStatus.Truncated;
        }

        if (at[0] >> 4 != 6)
        {
            return ParseStatus.Malformed;
        }

        int payloadBytes = Wire.U16(at + 4);
        if (payloadBytes > length - HeaderBytes)
        {
            return ParseStatus.Truncated;
        }

        ReadAddresses(at, ref packet.Key);
        Chain chain = new() { NextHeader = at[6], Offset = HeaderBytes, End = HeaderBytes + payloadBytes };
        ParseStatus status = chain.Walk(at);
        packet.Key.IpProto = chain.NextHeader;
        packet.FragmentId = chain.FragmentId;
        packet.FragmentProto = chain.FragmentNextHeader;
        packet.Fragment = chain.Fragment;
        if (status != ParseStatus.Ip)
        {
            return status;
        }

        return chain.Fragment == FragmentKind.Later
            ? L4Parser.CheckLaterFragment(chain.FragmentOffsetBytes, chain.NextHeader)
            : L4Parser.Parse(at + chain.Offset, chain.End - chain.Offset, ref packet);
    }

    /// <summary>Reads the tuple of a packet embedded in an ICMPv6 error; its payload length bounds nothing.</summary>
    /// <returns>False: too short, malformed or a later fragment.</returns>
    public static bool TryParseEmbedded(byte* at, int length, out FlowKey key, out L4Kind kind)
    {
        key = default;
        kind = default;
        if (length < HeaderBytes || at[0] >> 4 != 6)
        {
            return false;
        }

        ReadAddresses(at, ref key);
        Chain chain = new() { NextHeader = at[6], Offset = HeaderBytes, End = length };
        if (chain.Walk(at) != ParseStatus.Ip || chain.Fragment == FragmentKind.Later)
        {
            return false;
        }

        key.IpProto = chain.NextHeader;
        return L4Parser.TryParseEmbedded(at + chain.Offset, chain.End - chain.Offset, ref key, out kind);
    }

    private static void ReadAddresses(byte* at, ref FlowKey key)
    {
        key.IpVersion = 6;
        key.SrcAddr = Wire.U128(at + 8);
        key.DstAddr = Wire.U128(at + 24);
    }

    /// <summary>The walk along next-header fields.</summary>
    private struct Chain
    {
        public byte NextHeader;
        public byte FragmentNextHeader;
        public FragmentKind Fragment;
        public uint FragmentId;
        public int FragmentOffsetBytes;

        /// <summary>Of the header that <see cref="NextHeader"/> names, from the IPv6 header.</summary>
        public int Offset;

        /// <summary>First byte that may not be read, from the IPv6 header.</summary>
        public int End;

        private bool _sawFragmentHeader;

        public ParseStatus Walk(byte* at)
        {
            for (int walked = 0; ; walked++)
            {
                bool isFragmentHeader = NextHeader == IpProtos.Fragment;
                if (!isFragmentHeader && !IsOptionHeader(NextHeader))
                {
                    return ParseStatus.Ip;
                }

                // RFC 8200 section 4.3: hop-by-hop options stand first or not at all.
                bool misplaced = NextHeader == IpProtos.HopByHop && walked > 0;
                if (walked == PacketParser.MaxExtensionHeaders || misplaced || (isFragmentHeader && _sawFragmentHeader))
                {
                    return ParseStatus.ExtensionChain;
                }

                // Every extension header is at least 8 bytes and multiples of 4.
                if (End - Offset < 8)
                {
                    return Overrun;
                }

                byte current = NextHeader;
                NextHeader = at[Offset];
                if (isFragmentHeader)
                {
                    ParseStatus status = ReadFragmentHeader(at + Offset);
                    Offset += FragmentHeaderBytes;
                    if (status != ParseStatus.Ip || Fragment == FragmentKind.Later)
                    {
                        return status;
                    }

                    continue;
                }

                // RFC 4302 section 2.2: the authentication header counts 4-byte words minus two.
                int bytes = current == IpProtos.Authentication ? (at[Offset + 1] + 2) * 4 : (at[Offset + 1] + 1) * 8;
                if (bytes > End - Offset)
                {
                    return Overrun;
                }

                Offset += bytes;
            }
        }

        // RFC 7112: the first fragment holds the whole chain.
        private readonly ParseStatus Overrun =>
            Fragment == FragmentKind.First ? ParseStatus.TinyFragment : ParseStatus.Truncated;

        private ParseStatus ReadFragmentHeader(byte* header)
        {
            _sawFragmentHeader = true;
            FragmentNextHeader = header[0];
            int offsetAndFlags = Wire.U16(header + 2);
            FragmentId = Wire.U32(header + 4);
            FragmentOffsetBytes = offsetAndFlags & 0xfff8;
            bool more = (offsetAndFlags & 1) != 0;
            Fragment = FragmentOffsetBytes != 0 ? FragmentKind.Later : more ? FragmentKind.First : FragmentKind.Whole;
            int payloadBytes = End - Offset - FragmentHeaderBytes;
            return FragmentOffsetBytes + payloadBytes > ushort.MaxValue ? ParseStatus.Malformed : ParseStatus.Ip;
        }

        private static bool IsOptionHeader(byte nextHeader) =>
            nextHeader is IpProtos.HopByHop or IpProtos.Routing or IpProtos.DestinationOptions
                or IpProtos.Authentication;
    }
}
