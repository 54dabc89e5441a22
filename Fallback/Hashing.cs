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
