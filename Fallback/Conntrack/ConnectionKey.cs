using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NetPolNic.Fallback.Parsing;

namespace NetPolNic.Fallback.Conntrack;

/// <summary>
/// One key for both directions of a connection: the end with the lower address stands first. ICMP queries are keyed
/// by who asks (two hosts may ask each other with one identifier), so the asking end stands first there.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 40)]
internal struct ConnectionKey
{
    /// <summary>Of IPv4 both addresses, the low end's in the low half; the other three are zero.</summary>
    [FieldOffset(0)]
    public ulong LowAddrLow;

    [FieldOffset(8)]
    public ulong LowAddrHigh;

    [FieldOffset(16)]
    public ulong HighAddrLow;

    [FieldOffset(24)]
    public ulong HighAddrHigh;

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
            _ => flow.SrcAddr > flow.DstAddr,
        };
        UInt128 low = fromHigh ? flow.DstAddr : flow.SrcAddr;
        UInt128 high = fromHigh ? flow.SrcAddr : flow.DstAddr;
        bool isQuery = kind is L4Kind.IcmpRequest or L4Kind.IcmpReply;
        bool isIpv4 = flow.IpVersion == 4;
        return new ConnectionKey
        {
            LowAddrLow = isIpv4 ? PackV4((ulong)low, (ulong)high) : unchecked((ulong)low),
            LowAddrHigh = (ulong)(low >> 64),
            HighAddrLow = isIpv4 ? 0 : unchecked((ulong)high),
            HighAddrHigh = (ulong)(high >> 64),
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
        UInt128 low = isIpv4 ? unchecked((uint)LowAddrLow) : new UInt128(LowAddrHigh, LowAddrLow);
        UInt128 high = isIpv4 ? LowAddrLow >> 32 : new UInt128(HighAddrHigh, HighAddrLow);
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
        LowAddrLow == other.LowAddrLow && LowAddrHigh == other.LowAddrHigh &&
        HighAddrLow == other.HighAddrLow && HighAddrHigh == other.HighAddrHigh &&
        Word == other.Word;

    /// <summary>A hash whose low bits choose a slot.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly ulong Hash(ulong seed)
    {
        if (IpVersion == 4)
        {
            return HashV4(LowAddrLow, Word, Hashing.LeftSeed(seed), Hashing.RightSeed(seed));
        }

        return HashV6(this, Hashing.LeftSeed(seed), Hashing.RightSeed(seed));
    }

    /// <summary><see cref="Hash"/> of an IPv6 key by what was made of the seed before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong HashV6(in ConnectionKey key, ulong leftSeed, ulong rightSeed)
    {
        // The two ends apart, so that neither product waits for the other; the seeds the other way round, so that ends
        // that change places make another hash.
        ulong low = Hashing.Fold(key.LowAddrLow ^ leftSeed, key.LowAddrHigh ^ rightSeed);
        ulong high = Hashing.Fold(key.HighAddrLow ^ rightSeed, key.HighAddrHigh ^ leftSeed);
        return Hashing.Finish(Hashing.Fold(low ^ BitOperations.RotateLeft(high, 32) ^ rightSeed, key.Word ^ leftSeed));
    }

    /// <summary><see cref="Hash"/> of an IPv4 key by its parts and by what was made of the seed before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong HashV4(ulong addrs, ulong word, ulong leftSeed, ulong rightSeed) =>
        Hashing.Finish(Hashing.Fold(addrs ^ leftSeed, word ^ rightSeed));

    /// <summary>Both addresses of an IPv4 key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong PackV4(ulong low, ulong high) => low | (high << 32);
}
