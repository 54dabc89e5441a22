using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NetPolNic.Fallback.Parsing;

namespace NetPolNic.Fallback.Conntrack;

/// <summary>
/// One key for both directions of a connection: the end whose address is the lower one, as it is compared here, stands first. ICMP queries are keyed
/// by who asks (two hosts may ask each other with one identifier), so the asking end stands first there.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 40)]
internal struct ConnectionKey
{
    /// <summary>
    /// Of IPv4 both addresses in host order, the low end's in the low half; the other three are zero. Of IPv6 the four hold
    /// both addresses as they lie on the wire, the low end's first.
    /// </summary>
    [FieldOffset(0)]
    public ulong Addrs0;

    [FieldOffset(8)]
    public ulong Addrs1;

    [FieldOffset(16)]
    public ulong Addrs2;

    [FieldOffset(24)]
    public ulong Addrs3;

    /// <summary>Ports, protocol and IP version; the two bytes behind them are zero.</summary>
    [FieldOffset(32)]
    public ulong Word;

    [FieldOffset(32)]
    public ushort LowL4Port;

    [FieldOffset(34)]
    public ushort HighL4Port;

    [FieldOffset(36)]
    public byte IpProto;

    [FieldOffset(37)]
    public byte IpVersion;

    /// <summary>Makes the key of a packet.</summary>
    /// <param name="flow">The packet's tuple.</param>
    /// <param name="kind">Tells ICMP requests from replies.</param>
    /// <param name="fromHigh">Whether the packet travels from the end that stands second.</param>
    public static ConnectionKey Of(in FlowKey flow, L4Kind kind, out bool fromHigh)
    {
        fromHigh = kind switch
        {
            L4Kind.IcmpRequest => false,
            L4Kind.IcmpReply => true,
            _ => IsHigher(flow.SrcAddr, flow.DstAddr, flow.IpVersion),
        };
        UInt128 low = fromHigh ? flow.DstAddr : flow.SrcAddr;
        UInt128 high = fromHigh ? flow.SrcAddr : flow.DstAddr;
        bool isQuery = kind is L4Kind.IcmpRequest or L4Kind.IcmpReply;
        bool isIpv4 = flow.IpVersion == 4;
        return new ConnectionKey
        {
            Addrs0 = isIpv4 ? PackV4((ulong)low, (ulong)high) : WireWord(low >> 64),
            Addrs1 = isIpv4 ? 0 : WireWord(low),
            Addrs2 = isIpv4 ? 0 : WireWord(high >> 64),
            Addrs3 = isIpv4 ? 0 : WireWord(high),
            LowL4Port = isQuery || !fromHigh ? flow.SrcL4Port : flow.DstL4Port,
            HighL4Port = isQuery ? (ushort)0 : fromHigh ? flow.SrcL4Port : flow.DstL4Port,
            IpProto = flow.IpProto,
            IpVersion = flow.IpVersion,
        };
    }

    /// <summary>The tuple of a packet from the low (or the high) end.</summary>
    public readonly FlowKey ToFlow(bool fromHigh)
    {
        bool isIpv4 = IpVersion == 4;
        UInt128 low = isIpv4 ? unchecked((uint)Addrs0) : FromWire(Addrs0, Addrs1);
        UInt128 high = isIpv4 ? Addrs0 >> 32 : FromWire(Addrs2, Addrs3);
        return new FlowKey
        {
            SrcAddr = fromHigh ? high : low,
            DstAddr = fromHigh ? low : high,
            SrcL4Port = fromHigh ? HighL4Port : LowL4Port,
            DstL4Port = fromHigh ? LowL4Port : HighL4Port,
            IpProto = IpProto,
            IpVersion = IpVersion,
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool Matches(in ConnectionKey other) =>
        Addrs0 == other.Addrs0 && Addrs1 == other.Addrs1 &&
        Addrs2 == other.Addrs2 && Addrs3 == other.Addrs3 &&
        Word == other.Word;

    /// <summary>A hash whose low bits choose a slot.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly ulong Hash(ulong seed)
    {
        if (IpVersion == 4)
        {
            return HashV4(Addrs0, Word, Hashing.LeftSeed(seed), Hashing.RightSeed(seed));
        }

        return HashV6(this, Hashing.LeftSeed(seed), Hashing.RightSeed(seed));
    }

    /// <summary><see cref="Hash"/> of an IPv6 key by what was made of the seed before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong HashV6(in ConnectionKey key, ulong leftSeed, ulong rightSeed)
    {
        // The two ends apart, so that neither product waits for the other, nor for which end is the low one: that is in the
        // order of the ports.
        ulong ends = unchecked(Hashing.Fold(key.Addrs0 ^ leftSeed, key.Addrs1 ^ rightSeed) +
            Hashing.Fold(key.Addrs2 ^ leftSeed, key.Addrs3 ^ rightSeed));
        return HashV6(ends, key.Word, leftSeed, rightSeed);
    }

    /// <summary>The same by the sum of what both ends fold to.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong HashV6(ulong ends, ulong word, ulong leftSeed, ulong rightSeed) =>
        Hashing.Finish(Hashing.Fold(ends ^ rightSeed, word ^ leftSeed));

    /// <summary><see cref="Hash"/> of an IPv4 key by its parts and by what was made of the seed before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong HashV4(ulong addrs, ulong word, ulong leftSeed, ulong rightSeed) =>
        Hashing.Finish(Hashing.Fold(addrs ^ leftSeed, word ^ rightSeed));

    /// <summary>
    /// Which address counts as the higher one. Of IPv6 what is easily seen of a packet, its last eight bytes first.
    /// </summary>
    private static bool IsHigher(UInt128 addr, UInt128 other, byte ipVersion)
    {
        if (ipVersion == 4)
        {
            return addr > other;
        }

        ulong last = WireWord(addr);
        ulong otherLast = WireWord(other);
        return last != otherLast ? last > otherLast : WireWord(addr >> 64) > WireWord(other >> 64);
    }

    /// <summary>The low half of an address as a little-endian processor reads it from a packet.</summary>
    private static ulong WireWord(UInt128 addr) => BinaryPrimitives.ReverseEndianness(unchecked((ulong)addr));

    private static UInt128 FromWire(ulong first, ulong last) =>
        new(BinaryPrimitives.ReverseEndianness(first), BinaryPrimitives.ReverseEndianness(last));

    /// <summary>Both addresses of an IPv4 key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong PackV4(ulong low, ulong high) => low | (high << 32);
}
