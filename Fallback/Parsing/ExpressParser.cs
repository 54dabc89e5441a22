using System.Buffers.Binary;
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

    // More fragments and the offset, as they lie in memory.
    private const ushort FragmentBits = 0xff3f;

    // 224.0.0.0/4, and behind it what is no station's address either.
    private const uint FirstGroupAddr = 0xe000_0000;

    // The first byte of an IPv6 group address.
    private const int Ipv6Group = 0xff;

    // The word of ExpressPacket: an untagged packet. Where L4 begins and from which end it is come to it.
    private const ulong MetaPlain = (ulong)ExpressKind.Plain << 8;
    private const ulong MetaOpening = (ulong)ExpressKind.Opening << 8;

    // Of eight bytes of the IPv4 header from its total length on, as they lie in memory.
    private const ulong FragmentAndProto = 0xff00_ff3f_0000_0000;
    private const ulong WholeTcp = (ulong)IpProtos.Tcp << 56;
    private const ulong WholeUdp = (ulong)IpProtos.Udp << 56;

    private const ulong V4Word = 4UL << 40;
    private const ulong V6Word = 6UL << 40;

    /// <summary>Reads the most usual packets: untagged ones. As <see cref="TryRead"/> does, in fewer steps.</summary>
    /// <param name="frame">First byte of the destination MAC.</param>
    /// <param name="length">Bytes that may be read; nothing behind them is touched.</param>
    /// <param name="table">Hashes for this one.</param>
    /// <param name="packet">Overwritten where it is read.</param>
    /// <returns>Whether it is read; else it is to be in another way.</returns>
    public static bool TryReadUsual(byte* frame, uint length, ConnectionTable* table, ExpressPacket* packet) =>
        TryReadUsualV4(frame, length, table, packet) || TryReadUsualV6(frame, length, table, packet);

    /// <summary>The same of IPv4; frames that are shorter than any of TCP are left to others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryReadUsualV4(byte* frame, uint length, ConnectionTable* table, ExpressPacket* packet)
    {
        const int L4Offset = EthernetBytes + Ipv4Bytes;
        if (length < L4Offset + TcpBytes || (frame[0] & 1) != 0 ||
            (Unsafe.ReadUnaligned<uint>(frame + 12) & 0xff_ffff) != Ipv4Start)
        {
            return false;
        }

        // Total length, identification, fragment, TTL and protocol, as they lie in memory.
        ulong middle = Unsafe.ReadUnaligned<ulong>(frame + 16);
        uint ipBytes = BinaryPrimitives.ReverseEndianness(unchecked((ushort)middle));
        ulong ends = Wire.U64(frame + 26);
        if (ipBytes + EthernetBytes > length || unchecked((uint)ends) >= FirstGroupAddr)
        {
            return false;
        }

        ulong meta = ExpressPacket.UsualV4;
        ulong word = V4Word | (middle >> 56 << 32);
        if ((middle & FragmentAndProto) == WholeTcp)
        {
            uint headerBytes = (uint)(frame[L4Offset + 12] >> 2) & 0x3c;
            int flags = frame[L4Offset + 13];
            if (headerBytes < TcpBytes || headerBytes + Ipv4Bytes > ipBytes)
            {
                return false;
            }

            if ((flags & TcpStates) != TcpAck)
            {
                if ((flags & TcpOpens) != TcpSyn)
                {
                    return false;
                }

                meta = ExpressPacket.UsualV4 ^ MetaPlain ^ MetaOpening;
            }
        }
        else
        {
            uint udpBytes = Wire.U16(frame + L4Offset + 4);
            if ((middle & FragmentAndProto) != WholeUdp || udpBytes < UdpBytes || udpBytes + Ipv4Bytes > ipBytes)
            {
                return false;
            }
        }

        // Which end is the higher one nobody can predict: so without a branch.
        ulong from = ends > BitOperations.RotateLeft(ends, 32) ? 1UL : 0UL;
        int turn = 32 - (int)(from << 5);
        ulong addrs = BitOperations.RotateLeft(ends, turn);
        word |= BitOperations.RotateLeft(Wire.U32(frame + L4Offset), turn >> 1);
        ConnectionQuery* query = &packet->Query;
        Vector256.CreateScalar(addrs).Store((ulong*)query);
        query->Key.Word = word;
        query->Hash = ConnectionKey.HashV4(addrs, word, table->LeftSeed, table->RightSeed);
        packet->Meta = meta | from;
        return true;
    }

    /// <summary>The same of IPv6.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryReadUsualV6(byte* frame, uint length, ConnectionTable* table, ExpressPacket* packet)
    {
        const int L4Offset = EthernetBytes + Ipv6Bytes;
        if (length < L4Offset + UdpBytes || (frame[0] & 1) != 0 ||
            (Unsafe.ReadUnaligned<uint>(frame + 12) & 0xf0_ffff) != Ipv6Start)
        {
            return false;
        }

        uint l4Bytes = Wire.U16(frame + 18);
        if (l4Bytes + L4Offset > length || frame[38] == Ipv6Group)
        {
            return false;
        }

        ulong meta = MetaPlain;
        ulong word = V6Word | ((ulong)IpProtos.Tcp << 32);
        if (frame[20] == IpProtos.Tcp)
        {
            if (l4Bytes < TcpBytes)
            {
                return false;
            }

            uint headerBytes = (uint)(frame[L4Offset + 12] >> 2) & 0x3c;
            int flags = frame[L4Offset + 13];
            if (headerBytes < TcpBytes || headerBytes > l4Bytes)
            {
                return false;
            }

            if ((flags & TcpStates) != TcpAck)
            {
                if ((flags & TcpOpens) != TcpSyn)
                {
                    return false;
                }

                meta = MetaOpening;
            }
        }
        else
        {
            uint udpBytes = Wire.U16(frame + L4Offset + 4);
            word = V6Word | ((ulong)IpProtos.Udp << 32);
            if (frame[20] != IpProtos.Udp || udpBytes < UdpBytes || udpBytes > l4Bytes)
            {
                return false;
            }
        }

        // Ends that differ in their first halves only are left to others.
        ulong srcLast = Unsafe.ReadUnaligned<ulong>(frame + 30);
        ulong dstLast = Unsafe.ReadUnaligned<ulong>(frame + 46);
        if (srcLast == dstLast)
        {
            return false;
        }

        ulong ends = FoldEnds(frame + 22, table->LeftSeed, table->RightSeed);
        ulong from = srcLast > dstLast ? 1UL : 0UL;
        StoreEnds(frame + 22, from, packet);
        word |= BitOperations.RotateLeft(Wire.U32(frame + L4Offset), 16 - (int)(from << 4));
        packet->Query.Key.Word = word;
        packet->Query.Hash = ConnectionKey.HashV6(ends, word, table->LeftSeed, table->RightSeed);
        packet->Meta = meta | from | ((ulong)L4Offset << 32);
        return true;
    }

    /// <summary>Both addresses of an IPv6 header, whichever way round, for the hash.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong FoldEnds(byte* addrs, ulong leftSeed, ulong rightSeed)
    {
        ulong* words = (ulong*)addrs;
        return unchecked(
            Hashing.Fold(Unsafe.ReadUnaligned<ulong>(words) ^ leftSeed, Unsafe.ReadUnaligned<ulong>(words + 1) ^ rightSeed) +
            Hashing.Fold(Unsafe.ReadUnaligned<ulong>(words + 2) ^ leftSeed, Unsafe.ReadUnaligned<ulong>(words + 3) ^ rightSeed));
    }

    /// <summary>Stores both addresses of an IPv6 header in the key, the low end's first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreEnds(byte* addrs, ulong from, ExpressPacket* packet)
    {
        Vector256<ulong> asSent = Vector256.Load(addrs).AsUInt64();
        Vector256<ulong> turned = Vector256.Shuffle(asSent, Vector256.Create(2UL, 3, 0, 1));
        Vector256.ConditionalSelect(Vector256.Create(unchecked(0 - from)), turned, asSent).Store((ulong*)packet);
    }

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
        int payloadBytes = Wire.U16(ip + 2) - Ipv4Bytes;
        uint src = Wire.U32(ip + 12);
        uint dst = Wire.U32(ip + 16);
        // Which end is the higher one nobody can predict: so without a branch.
        uint ifFromHigh = unchecked((uint)(((long)dst - src) >> 63));
        bool isOdd = payloadBytes > length - Ipv4Bytes || (Unsafe.ReadUnaligned<ushort>(ip + 6) & FragmentBits) != 0 ||
            dst >= FirstGroupAddr;
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
        ulong addrs = BitOperations.RotateLeft(ConnectionKey.PackV4(src, dst), (int)(32 & ifFromHigh));
        ConnectionQuery* query = &packet->Query;

        // As one store, as it is read again.
        Vector256.CreateScalar(addrs).Store((ulong*)query);
        query->Key.Word = word;
        query->Hash = ConnectionKey.HashV4(addrs, word, Hashing.LeftSeed(seed), Hashing.RightSeed(seed));
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
        ulong srcLast = Unsafe.ReadUnaligned<ulong>(ip + 16);
        ulong dstLast = Unsafe.ReadUnaligned<ulong>(ip + 32);
        if (payloadBytes > length - Ipv6Bytes || ip[24] == Ipv6Group || srcLast == dstLast)
        {
            return false;
        }

        ulong from = srcLast > dstLast ? 1UL : 0UL;
        ExpressKind kind = ReadL4(ip + Ipv6Bytes, payloadBytes, ip[6], unchecked((uint)(0 - from)), out ulong word);
        if (kind == ExpressKind.None)
        {
            return false;
        }

        ConnectionQuery* query = &packet->Query;
        StoreEnds(ip + 8, from, packet);
        query->Key.Word = word | V6Word;
        query->Hash = query->Key.Hash(seed);
        packet->L4Offset = (ushort)(ip + Ipv6Bytes - frame);
        query->FromHigh = from != 0;
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
