using System.Runtime.InteropServices;
using NetPolNic.Fallback.Parsing;

namespace NetPolNic.Fallback.Conntrack;

/// <summary>
/// What <see cref="ExpressParser"/> reads of a packet: as much as a connection that stands needs to decide it, in one
/// cache line. Where <see cref="IsPlain"/> is false only the query counts, and only where it was made.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal struct ExpressPacket
{
    [FieldOffset(0)]
    public ConnectionQuery Query;

    /// <summary>A whole packet between two single stations that neither opens nor ends a connection.</summary>
    [FieldOffset(49)]
    public bool IsPlain;

    /// <summary>Outer VLAN id, or 0.</summary>
    [FieldOffset(50)]
    public ushort VlanId;

    /// <summary>Bytes before the L4 header.</summary>
    [FieldOffset(52)]
    public ushort L4Offset;

    /// <summary>Index of the slot where its connection is at home.</summary>
    [FieldOffset(56)]
    public uint Home;
}
