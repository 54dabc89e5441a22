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

    /// <summary>As <see cref="Connection.IdShift"/> makes it of the query's direction.</summary>
    [FieldOffset(54)]
    public byte SourceIdShift;

    /// <summary>Index of the slot where its connection is at home.</summary>
    [FieldOffset(56)]
    public uint Home;
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
