using System.Globalization;

namespace Dpdk.Ethdev;

/// <summary>A 48-bit Ethernet address; the first octet on the wire is the most significant.</summary>
public readonly record struct MacAddress
{
    /// <summary>Makes an address from its number.</summary>
    /// <param name="value">Less than 2^48.</param>
    public MacAddress(ulong value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 0xffff_ffff_ffffUL);
        Value = value;
    }

    /// <summary>The address as a number.</summary>
    public ulong Value { get; }

    /// <summary>Whether the group bit is set: multicast or broadcast.</summary>
    public bool IsGroup => (Value & 0x0100_0000_0000) != 0;

    /// <summary>Reads six octets.</summary>
    public static MacAddress FromBytes(ReadOnlySpan<byte> octets)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(octets.Length, 6);
        ulong value = 0;
        foreach (byte octet in octets)
        {
            value = (value << 8) | octet;
        }

        return new MacAddress(value);
    }

    /// <summary>Writes six octets.</summary>
    public void CopyTo(Span<byte> destination)
    {
        for (int i = 0; i < 6; i++)
        {
            destination[i] = unchecked((byte)(Value >> (40 - (8 * i))));
        }
    }

    /// <summary>"02:00:00:00:00:01".</summary>
    public override string ToString()
    {
        Span<byte> octets = stackalloc byte[6];
        CopyTo(octets);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{octets[0]:x2}:{octets[1]:x2}:{octets[2]:x2}:{octets[3]:x2}:{octets[4]:x2}:{octets[5]:x2}");
    }
}
