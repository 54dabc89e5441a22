using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Parsing;

namespace NetPolNic.Fallback.Conntrack;

/// <summary>
/// One slot of the connection table: a tracked connection in one cache line, its whole key included, so that a hit reads
/// nothing else and no two keys are ever taken for one.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal unsafe struct Connection
{
    /// <summary>Bits of the third key word that belong to the key: ports, protocol, IP version.</summary>
    private const ulong KeyWordMask = ((ulong)(ConnectionFlags.InUse | ConnectionFlags.IsIpv6) << 40) | 0xff_ffff_ffff;

    private const ulong StandingFlags = (ulong)ConnectionFlags.Replied << 40;

    private const ulong StandingMask = ((ulong)(byte)~ConnectionFlags.OpenedByHigh << 40) | 0xff_ffff_ffff;

    private const ulong KeyAndFlagsMask = 0xffff_ffff_ffff;

    // Of ConnectionFlags.IsIpv6 in the key's word.
    private const int Ipv6Bit = 41;

    /// <summary>Bits of an endpoint's number.</summary>
    public const int IdBits = 24;

    private const uint IdMask = (1 << IdBits) - 1;

    /// <summary>Of IPv4 both addresses, the low end's in the low half.</summary>
    [FieldOffset(0)]
    public ulong Addrs0;

    /// <summary>Of IPv4 only.</summary>
    [FieldOffset(8)]
    public StationPath Path;

    [FieldOffset(8)]
    public ulong Addrs1;

    [FieldOffset(16)]
    public ulong Addrs2;

    [FieldOffset(24)]
    public ulong Addrs3;

    [FieldOffset(32)]
    public ulong KeyWord;

    [FieldOffset(32)]
    public ushort LowL4Port;

    [FieldOffset(34)]
    public ushort HighL4Port;

    [FieldOffset(36)]
    public byte IpProto;

    [FieldOffset(37)]
    public ConnectionFlags Flags;

    /// <summary>
    /// The slot's own, whatever stands in it: bit n from 1 on says that a connection whose home is here stands n slots
    /// (by exclusive or) away, bit 0 that one may stand in the second group of its key.
    /// </summary>
    [FieldOffset(38)]
    public ushort Neighbours;

    /// <summary>
    /// The last moment at which it is remembered: low 32 bits of the engine's clock. Whoever puts it off has looked up the
    /// stations of one way at most: <see cref="Prolong"/>.
    /// </summary>
    [FieldOffset(40)]
    public uint ExpiresMs;

    /// <summary>Of a free slot with a denial: by which end's policy.</summary>
    [FieldOffset(40)]
    public DropReason DeniedBy;

    /// <summary>Snapshot that <see cref="ConnectionFlags.Cut"/> and the endpoint numbers were taken from.</summary>
    [FieldOffset(44)]
    public uint Generation;

    /// <summary>TCP: what each end expects next of the other, the end with the low address first.</summary>
    [FieldOffset(48)]
    public fixed uint Expects[2];

    /// <summary>Numbers of the endpoints that own the low and the high address, 24 bits each, or 0.</summary>
    [FieldOffset(56)]
    private ulong _ids;

    /// <summary>TCP: the window of each end, as <see cref="TcpTracking"/> packs it.</summary>
    [FieldOffset(62)]
    public fixed byte Windows[2];

    /// <summary>Number of the endpoint that owns the low address, or 0.</summary>
    public readonly uint LowEndpointId => unchecked((uint)_ids) & IdMask;

    /// <summary>Number of the endpoint that owns the high address, or 0.</summary>
    public readonly uint HighEndpointId => unchecked((uint)(_ids >> IdBits)) & IdMask;

    /// <summary>How far it has come; free where the slot is.</summary>
    public readonly ConnectionState State => !IsUsed ? ConnectionState.Free
        : (Flags & ConnectionFlags.Closing) == ConnectionFlags.Closing ? ConnectionState.Closing
        : (Flags & ConnectionFlags.Replied) != 0 ? ConnectionState.Established
        : ConnectionState.Opening;

    public readonly bool IsUsed => (Flags & ConnectionFlags.InUse) != 0;

    /// <summary>Whether the end that stands second opened it.</summary>
    public readonly bool OpenedByHigh => (Flags & ConnectionFlags.OpenedByHigh) != 0;

    public readonly bool IsCut => (Flags & ConnectionFlags.Cut) != 0;

    /// <summary>The tuple of the connection's first packet.</summary>
    public readonly FlowKey Opener => Key.ToFlow(OpenedByHigh);

    public readonly bool IsIpv6 => (Flags & ConnectionFlags.IsIpv6) != 0;

    public readonly ConnectionKey Key => new()
    {
        Addrs0 = Addrs0,
        Addrs1 = IsIpv6 ? Addrs1 : 0,
        Addrs2 = IsIpv6 ? Addrs2 : 0,
        Addrs3 = IsIpv6 ? Addrs3 : 0,
        LowL4Port = LowL4Port,
        HighL4Port = HighL4Port,
        IpProto = IpProto,
        IpVersion = (byte)(Flags & (ConnectionFlags.InUse | ConnectionFlags.IsIpv6)),
    };

    /// <summary>Whether the slot holds the connection of a key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Holds(Connection* slot, ConnectionKey* key) =>
        ((slot->KeyWord ^ key->Word) & KeyWordMask) == 0 && AddrsDiffer(slot, key) == 0;

    /// <summary>
    /// Whether the slot holds the connection of a key, and packets both ways pass by it alone: neither cut nor exempt, both
    /// ends heard, none done.
    /// </summary>
    /// <remarks>Without a branch of its own.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool HoldsStanding(Connection* slot, ConnectionKey* key) =>
        (((slot->KeyWord ^ key->Word ^ StandingFlags) & StandingMask) | AddrsDiffer(slot, key)) == 0;

    /// <summary>The same of IPv4.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool HoldsStandingV4(Connection* slot, ConnectionKey* key) =>
        ((slot->Addrs0 ^ key->Addrs0) | ((slot->KeyWord ^ key->Word ^ StandingFlags) & StandingMask)) == 0;

    /// <summary>Whether the slot is free and says that policy denied a packet of this tuple, sent by the same end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool HoldsDenial(Connection* slot, ConnectionQuery* query) =>
        ((slot->KeyWord ^ DenialWord(query)) & KeyAndFlagsMask) == 0 &&
        Vector256.Load((byte*)slot) == Vector256.Load((byte*)query);

    /// <summary>
    /// Notes in a free slot that policy denied a packet, so that who insists costs no more than a connection that stands.
    /// Until a connection takes the slot.
    /// </summary>
    /// <param name="slot">Free; the home of the tuple.</param>
    /// <param name="query">Made of the tuple.</param>
    /// <param name="generation">Of the snapshot in force.</param>
    /// <param name="srcId">Number of the endpoint that owns the source address, or 0.</param>
    /// <param name="dstId">Number of the endpoint that owns the destination address, or 0.</param>
    /// <param name="reason">By which end's policy.</param>
    public static void NoteDenial(
        Connection* slot, ConnectionQuery* query, uint generation, uint srcId, uint dstId, DropReason reason)
    {
        ushort neighbours = slot->Neighbours;
        *slot = default;
        *(ConnectionKey*)slot = query->Key;
        slot->KeyWord = DenialWord(query);
        slot->Neighbours = neighbours;
        slot->Generation = generation;
        slot->DeniedBy = reason;
        slot->SetIds(query->FromHigh ? dstId : srcId, query->FromHigh ? srcId : dstId);
    }

    /// <summary>Number of the endpoint at one end, or 0.</summary>
    /// <param name="shift">0 for the low end, <see cref="IdBits"/> for the high one.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly uint IdAt(int shift) => unchecked((uint)(_ids >> shift)) & IdMask;

    /// <summary>Number of the endpoint that a packet's source is, by its direction.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly uint SourceId(bool fromHigh) => unchecked((uint)(_ids >> (IdBits * (fromHigh ? 1 : 0)))) & IdMask;

    /// <summary>Which bytes of the addresses are not the same: a bit for each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint AddrsDiffer(Connection* slot, ConnectionKey* key)
    {
        uint same = Vector256.Equals(Vector256.Load((byte*)slot), Vector256.Load((byte*)key)).ExtractMostSignificantBits();

        // Behind those of IPv4 stands what belongs to no key.
        uint isIpv6 = unchecked((uint)(key->Word >> Ipv6Bit)) & 1;
        return ~(same | (unchecked(isIpv6 - 1) << 8));
    }

    // A key's word with its version is that of a used slot. Without a branch: nobody can predict which end sends.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong DenialWord(ConnectionQuery* query) =>
        query->Key.Word ^ ((ulong)(ConnectionFlags.InUse | ConnectionFlags.Cut) << 40) ^
        ((ulong)*(byte*)&query->FromHigh * ((ulong)ConnectionFlags.OpenedByHigh << 40));

    /// <summary>Makes the other end the opener: the newer direction counts (S-b15).</summary>
    public void TurnRound()
    {
        int fins = (int)(Flags & ConnectionFlags.Closing);
        Flags = ((Flags & ~ConnectionFlags.Closing) ^ ConnectionFlags.OpenedByHigh) |
            ((ConnectionFlags)((fins << 1) | (fins >> 1)) & ConnectionFlags.Closing);
    }

    /// <summary>Sets the numbers of both endpoints; the windows stay.</summary>
    public void SetIds(uint low, uint high) =>
        _ids = (_ids & 0xffff_0000_0000_0000) | (low & IdMask) | ((ulong)(high & IdMask) << IdBits);

    /// <summary>Puts off the moment at which it is forgotten.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prolong(Connection* connection, uint expiresMs)
    {
        connection->ExpiresMs = expiresMs;
        if (!connection->IsIpv6)
        {
            StationPath.Forget(&connection->Path);
        }
    }

    /// <summary>Whether it has timed out.</summary>
    /// <remarks>By difference: a slot is looked at more often than the clock's low half turns round.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool IsExpired(long nowMs) => unchecked((int)(ExpiresMs - (uint)nowMs)) < 0;
}
