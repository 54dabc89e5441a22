namespace NetPolNic.Fallback.Parsing;

/// <summary>What the parser made of a frame.</summary>
internal enum ParseStatus : byte
{
    /// <summary>An IPv4 or IPv6 packet; the tuple is filled in.</summary>
    Ip,

    /// <summary>ARP with a whole body.</summary>
    Arp,

    /// <summary>Neither IP nor ARP.</summary>
    OtherEtherType,

    /// <summary>Headers run past the frame, or a length field lies.</summary>
    Truncated,

    /// <summary>A header field has a value no sender may use.</summary>
    Malformed,

    /// <summary>More extension headers than <see cref="PacketParser.MaxExtensionHeaders"/>, or out of order.</summary>
    ExtensionChain,

    /// <summary>
    /// A first fragment without its whole L4 header, or one that would overwrite it (RFC 1858, 3128, 7112).
    /// </summary>
    TinyFragment,

    /// <summary>Longer than any frame that is parsed; never given by the parser.</summary>
    Scattered,
}
