using System.Runtime.CompilerServices;

namespace NetPolNic.Fallback;

/// <summary>A keyed multiply-and-fold hash: fast, and not predictable without the seed.</summary>
[HotPath]
internal static class Hashing
{
    // Odd constants with balanced bits, so that an all-zero input still mixes.
    private const ulong First = 0x9e3779b97f4a7c15;
    private const ulong Second = 0xd6e8feb86659fd93;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Mix(ulong left, ulong right, ulong seed)
    {
        ulong high = Math.BigMul(left ^ seed ^ First, right ^ (seed << 32 | seed >> 32) ^ Second, out ulong low);
        return high ^ low;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Mix(UInt128 value, ulong seed) => unchecked(Mix((ulong)value, (ulong)(value >> 64), seed));
}
