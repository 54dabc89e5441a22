using System.Runtime.InteropServices;

namespace NetPolNic.Fallback.Conntrack;

/// <summary>One tracked connection; one cache line.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal struct Connection
{
    [FieldOffset(0)]
    public ConnectionKey Key;

    [FieldOffset(38)]
    public ConnectionState State;

    [FieldOffset(39)]
    public ConnectionFlags Flags;

    /// <summary>The last moment at which it is remembered; the clock that the engine is given.</summary>
    [FieldOffset(40)]
    public long ExpiresMs;

    /// <summary>Snapshot that <see cref="ConnectionFlags.Cut"/> and the endpoint numbers were taken from.</summary>
    [FieldOffset(48)]
    public uint Generation;

    /// <summary>Number of the endpoint that owns the low address, or 0.</summary>
    [FieldOffset(52)]
    public uint LowEndpointId;

    /// <summary>Number of the endpoint that owns the high address, or 0.</summary>
    [FieldOffset(56)]
    public uint HighEndpointId;

    public readonly bool IsCut => (Flags & ConnectionFlags.Cut) != 0;
}
