using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NetPolNic.Fallback.Conntrack;

/// <summary>
/// Between which stations and by which ports the untagged packets of an IPv4 connection may go, as both stations were last
/// looked up: each way apart. In the room that the connection's addresses leave. All zero where nothing is known.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 24)]
internal unsafe struct StationPath
{
    private const int MacBytes = 6;

    // The low end's frames begin with what stands first, the high end's with what stands six bytes behind it.
    [FieldOffset(0)]
    private fixed byte _highLowHigh[3 * MacBytes];

    // In the order of the ends that send: the port they come in by, plus one, and that they leave by. 0: not known.
    [FieldOffset(18)]
    private fixed byte _ways[4];

    /// <summary>How <see cref="OutPort"/> wants the port that a packet came in by.</summary>
    public static uint WayIn(int inPort) => (uint)inPort + 1;

    /// <summary>The port that a packet leaves by.</summary>
    /// <param name="path">Of the packet's connection.</param>
    /// <param name="frame">The packet's first byte.</param>
    /// <param name="from">1 where the high end sent it, else 0.</param>
    /// <param name="wayIn">As <see cref="WayIn"/> makes it.</param>
    /// <returns>The port's index; more than a byte holds where it is not known.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint OutPort(StationPath* path, byte* frame, nuint from, uint wayIn)
    {
        byte* way = path->_ways + (2 * from);
        return (Differs(path, frame, from) | (way[0] ^ wayIn)) == 0 ? way[1] : uint.MaxValue;
    }

    /// <summary>Notes one way; the other one stays where it is between the same stations.</summary>
    /// <param name="path">Of the packet's connection.</param>
    /// <param name="frame">First byte of an untagged packet.</param>
    /// <param name="from">1 where the high end sent it, else 0.</param>
    /// <param name="wayIn">As <see cref="WayIn"/> makes it.</param>
    /// <param name="outPort">Index of the port that it leaves by.</param>
    public static void Note(StationPath* path, byte* frame, nuint from, uint wayIn, int outPort)
    {
        if (Differs(path, frame, from) != 0)
        {
            byte* high = from == 0 ? frame : frame + MacBytes;
            byte* low = from == 0 ? frame + MacBytes : frame;
            Unsafe.CopyBlockUnaligned(path->_highLowHigh, high, MacBytes);
            Unsafe.CopyBlockUnaligned(path->_highLowHigh + MacBytes, low, MacBytes);
            Unsafe.CopyBlockUnaligned(path->_highLowHigh + (2 * MacBytes), high, MacBytes);
            Forget(path);
        }

        path->_ways[2 * from] = (byte)wayIn;
        path->_ways[(2 * from) + 1] = (byte)outPort;
    }

    /// <summary>Makes both ways unknown.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Forget(StationPath* path) => Unsafe.WriteUnaligned(path->_ways, 0u);

    /// <summary>0 where a frame begins with the stations of a way.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Differs(StationPath* path, byte* frame, nuint from)
    {
        byte* known = path->_highLowHigh + (MacBytes * from);
        return (Unsafe.ReadUnaligned<ulong>(known) ^ Unsafe.ReadUnaligned<ulong>(frame)) |
            (Unsafe.ReadUnaligned<uint>(known + 8) ^ Unsafe.ReadUnaligned<uint>(frame + 8));
    }
}
