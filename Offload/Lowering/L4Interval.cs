using System.Globalization;
using System.Numerics;

namespace NetPolNic.Offload.Lowering;

/// <summary>A closed interval of L4 ports, host order.</summary>
public readonly record struct L4Interval(ushort First, ushort Last)
{
    /// <summary>Every port.</summary>
    public static L4Interval Full { get; } = new(0, ushort.MaxValue);

    public bool IsFull => this == Full;

    public bool IsSingle => First == Last;

    /// <summary>Whether one spec under a mask of leading ones matches exactly this interval.</summary>
    public bool IsBlock
    {
        get
        {
            int size = Last - First + 1;
            return BitOperations.IsPow2(size) && (First & (size - 1)) == 0;
        }
    }

    /// <summary>The mask of a block; meaningless for other intervals.</summary>
    public ushort BlockMask => (ushort)(ushort.MaxValue - (Last - First));

    /// <summary>Whether the two have a port in common.</summary>
    public bool Overlaps(L4Interval other) => First <= other.Last && other.First <= Last;

    public bool Contains(L4Interval other) => First <= other.First && other.Last <= Last;

    public override string ToString() => IsFull ? "any"
        : IsSingle ? First.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{First}-{Last}");
}
