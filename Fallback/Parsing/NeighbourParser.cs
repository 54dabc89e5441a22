namespace NetPolNic.Fallback.Parsing;

/// <summary>What IPv6 neighbour discovery messages say about their sender (RFC 4861).</summary>
[HotPath]
internal static unsafe class NeighbourParser
{
    private const byte RouterSolicitation = 133;
    private const byte NeighbourSolicitation = 135;
    private const byte NeighbourAdvertisement = 136;
    private const int TargetAt = 8;
    private const int OptionsAt = 24;
    private const byte SourceLinkLayer = 1;
    private const byte TargetLinkLayer = 2;
    private const int OptionUnitBytes = 8;

    /// <summary>
    /// Reads the address that a message claims, and the MAC address it gives for it: an advertisement claims its target, a
    /// solicitation its source, or its target where it has none (RFC 4862: it is about to take it).
    /// </summary>
    /// <param name="at">First byte of the ICMPv6 header.</param>
    /// <param name="length">Bytes of the message that may be read.</param>
    /// <param name="packet">Its key is filled in.</param>
    public static void ReadClaim(byte* at, int length, ref ParsedPacket packet)
    {
        byte type = at[0];
        bool hasTarget = type is NeighbourSolicitation or NeighbourAdvertisement;
        int options = hasTarget ? OptionsAt : type == RouterSolicitation ? TargetAt : length;
        packet.ClaimedMac = packet.SrcMac;
        packet.ClaimedAddr = packet.Key.SrcAddr;
        bool claimsTarget = type == NeighbourAdvertisement ||
            (type == NeighbourSolicitation && packet.Key.SrcAddr == UInt128.Zero);
        if (claimsTarget && length >= OptionsAt)
        {
            packet.ClaimedAddr = Wire.U128(at + TargetAt);
        }

        packet.ClaimsAddr = packet.ClaimedAddr != UInt128.Zero;
        byte wanted = type == NeighbourAdvertisement ? TargetLinkLayer : SourceLinkLayer;
        while (length - options >= OptionUnitBytes && at[options + 1] != 0)
        {
            if (at[options] == wanted)
            {
                packet.ClaimedMac = Wire.U48(at + options + 2);
                return;
            }

            options += at[options + 1] * OptionUnitBytes;
        }
    }
}
