using System.Numerics;

namespace NetPolNic.Fallback;

/// <summary>
/// Adds up where the parts of one native block go: each part starts at a multiple of 16 bytes, as the widest elements
/// need it. Small sets are many, so whole cache lines for each part would be most of their memory.
/// </summary>
internal struct NativeLayout
{
    private const int AlignmentBytes = 16;

    /// <summary>Bytes of the parts so far, rounded up so that another may follow.</summary>
    public int Bytes { get; private set; }

    /// <summary>Makes room for some elements; returns the offset of the first.</summary>
    public unsafe int Reserve<T>(int count)
        where T : unmanaged
    {
        int offset = Bytes;
        long end = offset + ((long)count * sizeof(T));
        Bytes = checked((int)((end + AlignmentBytes - 1) / AlignmentBytes * AlignmentBytes));
        return offset;
    }

    /// <summary>Smallest power of two that is not below a count.</summary>
    public static int PowerOfTwo(int count) => (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(count, 1));
}
