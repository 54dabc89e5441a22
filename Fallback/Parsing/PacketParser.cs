using System.Runtime.CompilerServices;

namespace NetPolNic.Fallback.Parsing;

/// <summary>
/// Reads Ethernet, up to two VLAN tags, ARP and IP headers. Trusts no length field: a packet whose own lengths do not
/// fit the frame is truncated, never guessed at. Padding behind the IP packet is ignored.
/// </summary>
[HotPath]
internal static unsafe class PacketParser
{
    /// <summary>IPv6 extension headers that are walked; more is a reason to drop.</summary>
    public const int MaxExtensionHeaders = 8;

    private const int EthernetBytes = 14;
    private const int VlanTagBytes = 4;
    private const int ArpIpv4Bytes = 28;
    private const int MaxVlanTags = 2;

    // EtherTypes: IEEE 802 numbers as registered with IANA.
    private const ushort EtherTypeIpv4 = 0x0800;
    private const ushort EtherTypeArp = 0x0806;
    private const ushort EtherTypeVlan = 0x8100;
    private const ushort EtherTypeIpv6 = 0x86dd;
    private const ushort EtherTypeQinQ = 0x88a8;
    private const ushort EtherTypeOldQinQ = 0x9100;

    /// <summary>Parses one frame. Allocates nothing.</summary>
    /// <param name="frame">First byte of the destination MAC.</param>
    /// <param name="length">Bytes that may be read; nothing behind them is touched.</param>
    /// <param name="packet">Overwritten whole.</param>
    /// <returns><see cref="ParsedPacket.Status"/> of <paramref name="packet"/>.</returns>
    public static ParseStatus Parse(byte* frame, int length, out ParsedPacket packet)
    {
        packet = default;
        packet.Status = ParseEthernet(frame, length, ref packet);
        return packet.Status;
    }

    private static ParseStatus ParseEthernet(byte* frame, int length, ref ParsedPacket packet)
    {
        if (length < EthernetBytes)
        {
            return ParseStatus.Truncated;
        }

        packet.DstMac = Wire.U48(frame);
        packet.SrcMac = Wire.U48(frame + 6);
        ushort etherType = Wire.U16(frame + 12);
        int offset = EthernetBytes;
        for (int tags = 0; IsVlan(etherType) && tags < MaxVlanTags; tags++)
        {
            if (length - offset < VlanTagBytes)
            {
                return ParseStatus.Truncated;
            }

            if (tags == 0)
            {
                packet.VlanId = (ushort)(Wire.U16(frame + offset) & 0x0fff);
            }

            etherType = Wire.U16(frame + offset + 2);
            offset += VlanTagBytes;
        }

        return etherType switch
        {
            EtherTypeIpv4 => Ipv4Parser.Parse(frame + offset, length - offset, ref packet),
            EtherTypeIpv6 => Ipv6Parser.Parse(frame + offset, length - offset, ref packet),
            EtherTypeArp => ParseArp(frame + offset, length - offset, ref packet),
            _ => ParseStatus.OtherEtherType,
        };
    }

    /// <summary>ARP for IPv4 over Ethernet, the only kind that IPv4 hosts use (RFC 826).</summary>
    private static ParseStatus ParseArp(byte* at, int length, ref ParsedPacket packet)
    {
        if (length < ArpIpv4Bytes)
        {
            return ParseStatus.Truncated;
        }

        bool ipv4OverEthernet = Wire.U16(at) == 1 && Wire.U16(at + 2) == EtherTypeIpv4 && at[4] == 6 && at[5] == 4;
        if (!ipv4OverEthernet)
        {
            return ParseStatus.Malformed;
        }

        packet.ClaimedMac = Wire.U48(at + 8);
        packet.ClaimedAddr = Wire.U32(at + 14);
        packet.ClaimsAddr = packet.ClaimedAddr != 0; // RFC 5227: a probe claims nothing.
        packet.Key.IpVersion = 4;
        return ParseStatus.Arp;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsVlan(ushort etherType) => etherType is EtherTypeVlan or EtherTypeQinQ or EtherTypeOldQinQ;
}
