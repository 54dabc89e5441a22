using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NetPolNic.Fallback.Conntrack;

namespace NetPolNic.Fallback.Parsing;

/// <summary>
/// Reads what most packets are, and nothing else: whole TCP segments and UDP datagrams in IPv4 without options or IPv6
/// without extension headers, with at most one VLAN tag, that belong to a connection if any. What it reads it reads as
/// <see cref="PacketParser"/> does; whatever is odd about a packet is left to that one.
/// </summary>
[HotPath]
internal static unsafe class ExpressParser
{
    private const int EthernetBytes = 14;
    private const int VlanTagBytes = 4;
    private const int Ipv4Bytes = 20;
    private const int Ipv6Bytes = 40;
    private const int UdpBytes = 8;
    private const int TcpBytes = 20;

    // EtherType and the first byte of the IP header, as they lie in memory.
    private const uint Ipv4Start = 0x45_0008;
    private const uint Ipv6Start = 0x60_dd86;
    private const uint EtherTypeVlan = 0x0081;

    // FIN, SYN, RST and ACK: of data ACK alone is set.
    private const int TcpStates = 0x17;
    private const int TcpAck = 0x10;
    private const int TcpOpens = 0x12;
    private const int TcpSyn = 0x02;

    private const ulong V4Word = 4UL << 40;
    private const ulong V6Word = 6UL << 40;

    /// <summary>Reads a packet. Allocates nothing.</summary>
    /// <param name="frame">First byte of the destination MAC.</param>
    /// <param name="length">Bytes that may be read; nothing behind them is touched.</param>
    /// <param name="seed">The connection table's.</param>
    /// <param name="packet">Overwritten where it is read; else of no meaning.</param>
    /// <returns>Whether it is read; <see cref="ExpressPacket.Kind"/> says what it is.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRead(byte* frame, int length, ulong seed, ExpressPacket* packet)
    {
        packet->Kind = ExpressKind.None;
        if (length < EthernetBytes + Ipv4Bytes + UdpBytes)
        {
            return false;
        }

        uint start = Unsafe.ReadUnaligned<uint>(frame + 12);
        packet->VlanId = 0;
        byte* ip = frame + EthernetBytes;
        if ((start & 0xffff) == EtherTypeVlan)
        {
            packet->VlanId = (ushort)(Wire.U16(frame + EthernetBytes) & 0x0fff);
            ip += VlanTagBytes;
            length -= VlanTagBytes;
            start = Unsafe.ReadUnaligned<uint>(frame + 16);
            if (length < EthernetBytes + Ipv4Bytes + UdpBytes)
            {
                return false;
            }
        }

        bool toGroup = (frame[0] & 1) != 0;
        if ((start & 0xff_ffff) == Ipv4Start)
        {
            return !toGroup && TryReadV4(frame, ip, length - EthernetBytes, seed, packet);
        }

        return (start & 0xf0_ffff) == Ipv6Start && !toGroup && TryReadV6(frame, ip, length - EthernetBytes, seed, packet);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryReadV4(byte* frame, byte* ip, int length, ulong seed, ExpressPacket* packet)
    {
        // More fragments and the offset, as they lie in memory.
        const ushort FragmentBits = 0xff3f;
        int payloadBytes = Wire.U16(ip + 2) - Ipv4Bytes;
        uint src = Wire.U32(ip + 12);
        uint dst = Wire.U32(ip + 16);
        // Which end is the higher one nobody can predict: so without a branch.
        uint ifFromHigh = unchecked((uint)(((long)dst - src) >> 63));
        bool isOdd = payloadBytes > length - Ipv4Bytes || (Unsafe.ReadUnaligned<ushort>(ip + 6) & FragmentBits) != 0 ||
            dst >= 0xe000_0000;
        if (isOdd)
        {
            return false;
        }

        ExpressKind kind = ReadL4(ip + Ipv4Bytes, payloadBytes, ip[9], ifFromHigh, out ulong word);
        if (kind == ExpressKind.None)
        {
            return false;
        }

        word |= V4Word;
        uint swap = (src ^ dst) & ifFromHigh;
        ulong low = src ^ swap;
        ulong high = dst ^ swap;
        ConnectionQuery* query = &packet->Query;

        // As one store, as it is read again.
        Vector256.Create(low, 0UL, high, 0UL).Store((ulong*)query);
        query->Key.Word = word;
        query->Hash = ConnectionKey.HashV4(low, high, word, seed);
        packet->L4Offset = (ushort)(ip + Ipv4Bytes - frame);
        query->FromHigh = ifFromHigh != 0;
        packet->Kind = kind;
        return true;
    }

    private static bool TryReadV6(byte* frame, byte* ip, int length, ulong seed, ExpressPacket* packet)
    {
        if (length < Ipv6Bytes + UdpBytes)
        {
            return false;
        }

        int payloadBytes = Wire.U16(ip + 4);
        ulong srcHigh = Wire.U64(ip + 8);
        ulong srcLow = Wire.U64(ip + 16);
        ulong dstHigh = Wire.U64(ip + 24);
        ulong dstLow = Wire.U64(ip + 32);
        bool fromHigh = (srcHigh > dstHigh) | ((srcHigh == dstHigh) & (srcLow > dstLow));
        uint ifFromHigh = unchecked((uint)-(fromHigh ? 1 : 0));
        if (payloadBytes > length - Ipv6Bytes || dstHigh >> 56 == 0xff)
        {
            return false;
        }

        ExpressKind kind = ReadL4(ip + Ipv6Bytes, payloadBytes, ip[6], ifFromHigh, out ulong word);
        if (kind == ExpressKind.None)
        {
            return false;
        }

        ulong mask = unchecked((ulong)(int)ifFromHigh);
        ulong swapLow = (srcLow ^ dstLow) & mask;
        ulong swapHigh = (srcHigh ^ dstHigh) & mask;
        ConnectionQuery* query = &packet->Query;
        Vector256.Create(srcLow ^ swapLow, srcHigh ^ swapHigh, dstLow ^ swapLow, dstHigh ^ swapHigh).Store((ulong*)query);
        query->Key.Word = word | V6Word;
        query->Hash = query->Key.Hash(seed);
        packet->L4Offset = (ushort)(ip + Ipv6Bytes - frame);
        query->FromHigh = fromHigh;
        packet->Kind = kind;
        return true;
    }

    /// <summary>Checks the L4 header and reads the word of the key without the version.</summary>
    /// <param name="at">The L4 header.</param>
    /// <param name="payloadBytes">Bytes of the IP payload.</param>
    /// <param name="ipProto">Protocol.</param>
    /// <param name="ifFromHigh">All ones where the source has the higher address, else 0.</param>
    /// <param name="word">Of no meaning where nothing is read.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ExpressKind ReadL4(byte* at, int payloadBytes, byte ipProto, uint ifFromHigh, out ulong word)
    {
        uint ports = 0;
        ExpressKind kind = ExpressKind.None;
        if (ipProto == IpProtos.Tcp && payloadBytes >= TcpBytes)
        {
            int headerBytes = (at[12] >> 4) * 4;
            int flags = at[13];
            bool isSound = headerBytes >= TcpBytes && headerBytes <= payloadBytes;
            kind = !isSound ? ExpressKind.None
                : (flags & TcpStates) == TcpAck ? ExpressKind.Plain
                : (flags & TcpOpens) == TcpSyn ? ExpressKind.Opening
                : ExpressKind.None;
            ports = Wire.U32(at);
        }
        else if (ipProto == IpProtos.Udp && payloadBytes >= UdpBytes)
        {
            int udpBytes = Wire.U16(at + 4);
            kind = udpBytes >= UdpBytes && udpBytes <= payloadBytes ? ExpressKind.Plain : ExpressKind.None;
            ports = Wire.U32(at);
        }

        // The end with the lower address stands first, in the low half of the word.
        word = BitOperations.RotateLeft(ports, (int)(16 & ~ifFromHigh)) | ((ulong)ipProto << 32);
        return kind;
    }
}
