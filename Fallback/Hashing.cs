using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

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
        return Fold(left ^ LeftSeed(seed), right ^ RightSeed(seed));
    }

    /// <summary>What <see cref="Mix(ulong, ulong, ulong)"/> makes of a seed for its left side, to be made once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong LeftSeed(ulong seed) => seed ^ First;

    /// <summary>The same for its right side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong RightSeed(ulong seed) => (seed << 32 | seed >> 32) ^ Second;

    /// <summary>The product of two numbers, its high half folded onto its low one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Fold(ulong left, ulong right)
    {
        if (Bmi2.X64.IsSupported)
        {
            // Twice a product costs less than one whose halves come by way of memory.
            return unchecked(Bmi2.X64.MultiplyNoFlags(left, right) ^ (left * right));
        }

        ulong high = Math.BigMul(left, right, out ulong low);
        return high ^ low;
    }

    /// <summary>Makes every bit of a mix matter to every bit: the last step of a hash whose low bits choose a bucket.</summary>
    /// <remarks>
    /// One factor of <see cref="Mix(ulong, ulong, ulong)"/> may be the same for many keys; where it is small or even,
    /// their mixes differ in few bits. The constant is an odd one with balanced bits.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Finish(ulong mix)
    {
        ulong spread = unchecked((mix ^ (mix >> 32)) * Second);
        return spread ^ (spread >> 32);
    }

    /// <summary>A hash of one number whose low bits choose a bucket.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Bucket(ulong key, ulong seed) => Finish(Mix(key, seed, seed));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Mix(UInt128 value, ulong seed) => unchecked(Mix((ulong)value, (ulong)(value >> 64), seed));
}
