namespace Dpdk.Raw;

/// <summary>Sets C bit-fields inside their backing integer.</summary>
internal static class Bits
{
    /// <summary>
    /// The word with <paramref name="width"/> bits from <paramref name="shift"/> replaced; excess bits are cut.
    /// </summary>
    internal static uint Set(uint word, int shift, int width, uint value)
    {
        uint mask = unchecked((uint)((1UL << width) - 1)) << shift;
        return (word & ~mask) | (unchecked(value << shift) & mask);
    }

    /// <summary>The same for a 16-bit word.</summary>
    internal static ushort Set(ushort word, int shift, int width, uint value) =>
        unchecked((ushort)Set((uint)word, shift, width, value));
}
