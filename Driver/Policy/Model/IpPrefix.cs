using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace NetPolNic.Policy.Model;

/// <summary>
/// A CIDR block. <see cref="Addr"/> has its host bits cleared; <see cref="Length"/> is 0..32 or 0..128.
/// </summary>
public readonly record struct IpPrefix : IComparable<IpPrefix>
{
    /// <summary>Makes a block; host bits of <paramref name="addr"/> are masked off (S-b7).</summary>
    public IpPrefix(IpAddr addr, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, addr.Bits);
        Length = length;
        Addr = new IpAddr(addr.Family, addr.Value & MaskOf(addr.Family, length));
    }

    /// <summary>The first address of the block.</summary>
    public IpAddr Addr { get; }

    /// <summary>Prefix length in bits.</summary>
    public int Length { get; }

    public IpFamily Family => Addr.Family;

    /// <summary>The network mask as a number, in the low 32 bits for IPv4.</summary>
    public UInt128 Mask => MaskOf(Family, Length);

    /// <summary>The last address of the block.</summary>
    public IpAddr Last => new(Family, Addr.Value | (FullMask(Family) & ~Mask));

    /// <summary>0.0.0.0/0 or ::/0.</summary>
    public static IpPrefix Everything(IpFamily family) => new(new IpAddr(family, 0), 0);

    /// <summary>The /32 or /128 of one address.</summary>
    public static IpPrefix Host(IpAddr addr) => new(addr, addr.Bits);

    /// <summary>
    /// Parses "address/length"; host bits are masked. A missing length is refused, and so is an IPv4-mapped IPv6 address:
    /// whether its length counts 32 or 128 bits depends on the reader.
    /// </summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out IpPrefix prefix)
    {
        prefix = default;
        int slash = text?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        if (text is null || slash < 0 || !IpAddr.TryParse(text[..slash], out IpAddr addr) ||
            (addr.Family == IpFamily.V4 && text.Contains(':', StringComparison.Ordinal)))
        {
            return false;
        }

        string lengthText = text[(slash + 1)..];
        bool canonical = lengthText.Length == 1 || (lengthText.Length > 1 && lengthText[0] != '0');
        if (!canonical || !int.TryParse(lengthText, NumberStyles.None, CultureInfo.InvariantCulture, out int length) ||
            length > addr.Bits)
        {
            return false;
        }

        prefix = new IpPrefix(addr, length);
        return true;
    }

    /// <summary>Parses "address/length".</summary>
    /// <exception cref="FormatException">The text is no block.</exception>
    public static IpPrefix Parse(string text) =>
        TryParse(text, out IpPrefix prefix) ? prefix : throw new FormatException($"'{text}' is not a CIDR block");

    public bool Contains(IpAddr addr) => addr.Family == Family && (addr.Value & Mask) == Addr.Value;

    /// <summary>Whether every address of <paramref name="other"/> lies in this block.</summary>
    public bool Contains(IpPrefix other) => other.Length >= Length && Contains(other.Addr);

    public int CompareTo(IpPrefix other)
    {
        int byAddr = Addr.CompareTo(other.Addr);
        return byAddr != 0 ? byAddr : Length.CompareTo(other.Length);
    }

    public static bool operator <(IpPrefix left, IpPrefix right) => left.CompareTo(right) < 0;

    public static bool operator <=(IpPrefix left, IpPrefix right) => left.CompareTo(right) <= 0;

    public static bool operator >(IpPrefix left, IpPrefix right) => left.CompareTo(right) > 0;

    public static bool operator >=(IpPrefix left, IpPrefix right) => left.CompareTo(right) >= 0;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Addr}/{Length}");

    private static UInt128 FullMask(IpFamily family) => family == IpFamily.V4 ? uint.MaxValue : UInt128.MaxValue;

    private static UInt128 MaskOf(IpFamily family, int length)
    {
        int bits = family == IpFamily.V4 ? 32 : 128;
        return length == 0 ? 0 : FullMask(family) & ~((UInt128.One << (bits - length)) - 1);
    }
}
