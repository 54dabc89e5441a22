using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace NetPolNic.Policy.Model;

/// <summary>An IPv4 or IPv6 address as a number: host order, an IPv4 address in the low 32 bits.</summary>
/// <remarks>Ordered by family (IPv4 first), then by value. IPv4-mapped IPv6 addresses are read as IPv4.</remarks>
public readonly record struct IpAddr : IComparable<IpAddr>
{
    // Two halves instead of a UInt128, whose alignment would make an address 32 bytes long.
    private readonly ulong _high;
    private readonly ulong _low;

    public IpAddr(IpFamily family, UInt128 value)
    {
        Family = family;
        _high = (ulong)(value >> 64);
        _low = unchecked((ulong)value);
    }

    public IpFamily Family { get; }

    /// <summary>The number, host order; an IPv4 address in the low 32 bits.</summary>
    public UInt128 Value => new(_high, _low);

    /// <summary>Address length in bits: 32 or 128.</summary>
    public int Bits => Family == IpFamily.V4 ? 32 : 128;

    public static IpAddr V4(uint value) => new(IpFamily.V4, value);

    public static IpAddr V6(UInt128 value) => new(IpFamily.V6, value);

    /// <summary>Parses a textual address. IPv4 needs all four decimal parts without leading zeros.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out IpAddr addr)
    {
        addr = default;
        if (string.IsNullOrEmpty(text) || text.Contains('%') || text.Contains('/') || text.Contains('['))
        {
            return false;
        }

        if (!text.Contains(':'))
        {
            return TryParseV4(text, out addr);
        }

        if (!IPAddress.TryParse(text, out IPAddress? parsed) || parsed.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[16];
        parsed.TryWriteBytes(bytes, out _);
        UInt128 value = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        addr = value >> 32 == 0xffff ? V4((uint)(value & uint.MaxValue)) : V6(value);
        return true;
    }

    /// <summary>Parses a textual address.</summary>
    /// <exception cref="FormatException">The text is no address.</exception>
    public static IpAddr Parse(string text) =>
        TryParse(text, out IpAddr addr) ? addr : throw new FormatException($"'{text}' is not an IP address");

    public int CompareTo(IpAddr other)
    {
        int byFamily = Family.CompareTo(other.Family);
        return byFamily != 0 ? byFamily : Value.CompareTo(other.Value);
    }

    public static bool operator <(IpAddr left, IpAddr right) => left.CompareTo(right) < 0;

    public static bool operator <=(IpAddr left, IpAddr right) => left.CompareTo(right) <= 0;

    public static bool operator >(IpAddr left, IpAddr right) => left.CompareTo(right) > 0;

    public static bool operator >=(IpAddr left, IpAddr right) => left.CompareTo(right) >= 0;

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, Value);
        return new IPAddress(Family == IpFamily.V4 ? bytes[12..] : bytes).ToString();
    }

    private static bool TryParseV4(string text, out IpAddr addr)
    {
        addr = default;
        uint value = 0;
        int parts = 0;
        foreach (string part in text.Split('.'))
        {
            bool canonical = part.Length is >= 1 and <= 3 && (part.Length == 1 || part[0] != '0');
            if (!canonical || ++parts > 4 || !part.All(char.IsAsciiDigit) || !byte.TryParse(part, out byte octet))
            {
                return false;
            }

            value = (value << 8) | octet;
        }

        addr = V4(value);
        return parts == 4;
    }
}
