using System.Numerics;

namespace Dpdk.Flow;

/// <summary>Makes <see cref="FieldMatch{T}"/> values and checks them.</summary>
public static class FieldMatch
{
    /// <summary>Matches one value.</summary>
    public static FieldMatch<T> Exact<T>(T value)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => new(value, T.MaxValue);

    /// <summary>Matches under a mask.</summary>
    /// <exception cref="ArgumentException">The value has bits outside the mask.</exception>
    public static FieldMatch<T> Masked<T>(T spec, T mask)
        where T : unmanaged, IBinaryInteger<T>
    {
        if ((spec & ~mask) != T.Zero)
        {
            throw new ArgumentException($"value {spec:x} has bits outside the mask {mask:x}", nameof(spec));
        }

        return new FieldMatch<T>(spec, mask);
    }

    /// <summary>Matches the leading bits.</summary>
    /// <param name="spec">The value; bits behind the prefix must be 0.</param>
    /// <param name="length">0 to the type's width in bits.</param>
    public static FieldMatch<T> Prefix<T>(T spec, int length)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        int width = int.CreateChecked(T.PopCount(T.MaxValue));
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, width);
        T mask = length == 0 ? T.Zero : unchecked(T.MaxValue << (width - length));
        return Masked(spec, mask);
    }

    /// <summary>Matches first to last, both included. Few drivers can.</summary>
    public static FieldMatch<T> Range<T>(T first, T last)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(last, first);
        return new FieldMatch<T>(first, T.MaxValue, last);
    }
}
