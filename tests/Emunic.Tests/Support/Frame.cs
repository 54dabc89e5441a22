using System.Buffers.Binary;
using System.Net;

namespace Emunic.Tests.Support;

/// <summary>
/// Frames by hand, header by header, so that malformed ones are as easy as good ones. Addresses of the Ethernet header
/// stay zero: the test run puts its packet number there.
/// </summary>
internal static class Frame
{
    public const ushort TypeIpv4 = 0x0800;
    public const ushort TypeIpv6 = 0x86dd;
    public const ushort TypeVlan = 0x8100;
    public const ushort TypeQinq = 0x88a8;

    public const byte Fin = 0x01;
    public const byte Syn = 0x02;
    public const byte Rst = 0x04;
    public const byte Ack = 0x10;

    public static byte[] Eth(ushort type, params byte[] payload) => [.. new byte[12], .. U16(type), .. payload];

    /// <summary>A tag as the payload of an Ethernet header of type VLAN or QinQ.</summary>
    public static byte[] Tag(ushort tci, ushort type, byte[] payload) => [.. U16(tci), .. U16(type), .. payload];

    /// <summary>An IPv4 packet in an Ethernet frame.</summary>
    public static byte[] V4(string src, string dst, byte proto, byte[] payload, ushort frag = 0) =>
        Eth(TypeIpv4, Ipv4(src, dst, proto, payload, frag));

    /// <summary>An IPv6 packet in an Ethernet frame.</summary>
    public static byte[] V6(string src, string dst, byte next, byte[] payload) =>
        Eth(TypeIpv6, Ipv6(src, dst, next, payload));

    public static byte[] Ipv4(
        string src, string dst, byte proto, byte[] payload, ushort frag = 0, int optionWords = 0,
        int? totalLength = null, int? ihl = null, byte version = 4)
    {
        int length = totalLength ?? 20 + (optionWords * 4) + payload.Length;
        return
        [
            (byte)((version << 4) | (ihl ?? 5 + optionWords)), 0, .. U16((ushort)length), 0, 1, .. U16(frag), 64, proto,
            0, 0, .. IPAddress.Parse(src).GetAddressBytes(), .. IPAddress.Parse(dst).GetAddressBytes(),
            .. Enumerable.Repeat((byte)1, optionWords * 4), .. payload,
        ];
    }

    public static byte[] Ipv6(
        string src, string dst, byte next, byte[] payload, int? payloadLength = null, byte version = 6) =>
        [
            (byte)(version << 4), 0, 0, 0, .. U16((ushort)(payloadLength ?? payload.Length)), next, 64,
            .. IPAddress.Parse(src).GetAddressBytes(), .. IPAddress.Parse(dst).GetAddressBytes(), .. payload,
        ];

    public static byte[] Tcp(ushort src, ushort dst, byte flags = Syn) =>
        [.. U16(src), .. U16(dst), .. new byte[8], 0x50, flags, 0x10, 0, 0, 0, 0, 0];

    public static byte[] Udp(ushort src, ushort dst) => [.. U16(src), .. U16(dst), 0, 8, 0, 0];

    public static byte[] Sctp(ushort src, ushort dst) => [.. U16(src), .. U16(dst), .. new byte[8]];

    public static byte[] Icmp(byte type, byte code) => [type, code, 0, 0, 0, 1, 0, 1];

    /// <summary>A hop-by-hop, routing or destination options header; <paramref name="units"/> of 8 bytes beyond the first.</summary>
    public static byte[] Ext(byte next, byte[] payload, int units = 0) =>
        [next, (byte)units, .. new byte[6 + (units * 8)], .. payload];

    /// <summary>An authentication header of 24 bytes.</summary>
    public static byte[] Ah(byte next, byte[] payload) => [next, 4, .. new byte[22], .. payload];

    /// <summary>A fragment header; <paramref name="offset"/> in units of 8 bytes.</summary>
    public static byte[] Frag6(byte next, int offset, bool more, byte[] payload) =>
        [next, 0, .. U16((ushort)((offset << 3) | (more ? 1 : 0))), 0, 0, 0, 7, .. payload];

    /// <summary>The frame without its last bytes.</summary>
    public static byte[] Cut(byte[] frame, int bytes) => frame[..^bytes];

    public static byte[] U16(ushort value)
    {
        byte[] bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        return bytes;
    }
}
