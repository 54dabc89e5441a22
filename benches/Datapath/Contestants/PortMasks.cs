namespace NetPolNic.Benches.Datapath.Contestants;

/// <summary>A port range as values and masks, for what matches no ranges.</summary>
internal static class PortMasks
{
    /// <summary>The fewest (value, mask) whose union is the range, both ends inclusive.</summary>
    public static IEnumerable<(int Value, int Mask)> Of(int first, int last)
    {
        while (first <= last)
        {
            int size = first == 0 ? 1 << 16 : first & -first;
            while (first + size - 1 > last)
            {
                size >>= 1;
            }

            yield return (first, 0xffff & ~(size - 1));
            first += size;
        }
    }
}
