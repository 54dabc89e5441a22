using System.Runtime.InteropServices;
using NetPolNic.Fallback.Parsing;

namespace NetPolNic.Fallback.Conntrack;

/// <summary>
/// What <see cref="ExpressParser"/> reads of a packet: as much as a connection that stands, or a denial that is known, needs
/// to decide it, in one cache line. Where it has not read it only the query counts, and only where it was made.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal struct ExpressPacket
{
    /// <summary>Bytes before the L4 header of an untagged packet of IPv4 without options.</summary>
    public const int UsualV4L4Offset = 34;

    private const ulong UsualMask = 0xffff_ffff_ff00;

    /// <summary><see cref="Meta"/> of such a packet that is <see cref="ExpressKind.Plain"/> and comes from the low end.</summary>
    public const ulong UsualV4 = ((ulong)ExpressKind.Plain << 8) | ((ulong)UsualV4L4Offset << 32);

    [FieldOffset(0)]
    public ConnectionQuery Query;

    /// <summary>What follows up to <see cref="Home"/>, and the query's direction, as one word.</summary>
    [FieldOffset(48)]
    public ulong Meta;

    /// <summary>What it takes the packet for.</summary>
    [FieldOffset(49)]
    public ExpressKind Kind;

    /// <summary>Outer VLAN id, or 0.</summary>
    [FieldOffset(50)]
    public ushort VlanId;

    /// <summary>Bytes before the L4 header.</summary>
    [FieldOffset(52)]
    public ushort L4Offset;

    /// <summary>Index of the slot where its connection is at home.</summary>
    [FieldOffset(56)]
    public uint Home;

    /// <summary>Its local ends, as far as they were looked up: 0, or one that <see cref="SetEnds"/> made.</summary>
    [FieldOffset(60)]
    private uint _ends;

    /// <summary>An untagged packet of IPv4 that is <see cref="ExpressKind.Plain"/>.</summary>
    public readonly bool IsUsualV4 => (Meta & UsualMask) == UsualV4;

    /// <summary>1 where the high end sent it, else 0.</summary>
    public readonly nuint From => (nuint)(Meta & 1);

    /// <summary>Where the number of its source stands, for <see cref="Connection.IdAt"/>.</summary>
    public readonly int SourceIdShift => Connection.IdBits * (int)From;

    /// <summary><see cref="Home"/>, and no ends yet.</summary>
    [FieldOffset(56)]
    public ulong HomeOnly;

    /// <summary>Notes the endpoints' indexes, where they are small enough.</summary>
    public void SetEnds(int src, int dst)
    {
        // Nobody's is -1, so that 0 is left for what is not known.
        bool fits = src < ushort.MaxValue - 2 && dst < ushort.MaxValue - 2;
        _ends = fits ? (uint)(src + 2) | ((uint)(dst + 2) << 16) : 0;
    }

    /// <summary>The endpoints' indexes.</summary>
    /// <returns>Whether they are known.</returns>
    public readonly bool TryGetEnds(out int src, out int dst)
    {
        src = (int)(_ends & ushort.MaxValue) - 2;
        dst = (int)(_ends >> 16) - 2;
        return _ends != 0;
    }
}

/// <summary>Whole packets of TCP or UDP between two single stations; all others are <see cref="None"/>.</summary>
internal enum ExpressKind : byte
{
    /// <summary>Not read.</summary>
    None,

    /// <summary>Neither opens nor ends a connection.</summary>
    Plain,

    /// <summary>TCP with SYN and without ACK.</summary>
    Opening,
}
