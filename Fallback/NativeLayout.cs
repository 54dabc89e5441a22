using System.Numerics;

namespace NetPolNic.Fallback;

/// <summary>Adds up where the parts of one native block go; each part starts on a cache line.</summary>
internal struct NativeLayout
{
    private const int CacheLineBytes = 64;

    /// <summary>Bytes of the parts so far, rounded up to whole cache lines.</summary>
    public int Bytes { get; private set; }

    /// <summary>Makes room for some elements; returns the offset of the first.</summary>
    public unsafe int Reserve<T>(int count)
        where T : unmanaged
    {
        int offset = Bytes;
        long end = offset + ((long)count * sizeof(T));
        Bytes = checked((int)((end + CacheLineBytes - 1) / CacheLineBytes * CacheLineBytes));
        return offset;
    }

    /// <summary>Smallest power of two that is not below a count.</summary>
    public static int PowerOfTwo(int count) => (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(count, 1));
}
