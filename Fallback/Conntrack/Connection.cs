using System.Runtime.InteropServices;
using NetPolNic.Fallback.Parsing;

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

    /// <summary>When it was opened, seconds of the engine's clock.</summary>
    [FieldOffset(60)]
    public uint OpenedSec;

    /// <summary>Whether the end that stands second opened it.</summary>
    public readonly bool OpenedByHigh => (Flags & ConnectionFlags.OpenedByHigh) != 0;

    /// <summary>The tuple of the connection's first packet.</summary>
    public readonly FlowKey Opener => Key.ToFlow(OpenedByHigh);

    public readonly bool IsCut => (Flags & ConnectionFlags.Cut) != 0;
}
