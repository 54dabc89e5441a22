using System.Buffers.Binary;

namespace NetPolNic.EndToEnd.Tests.Rig;

/// <summary>Headers around a packet that change nothing about its verdict, but much about what a NIC can see.</summary>
internal enum Dressing : byte
{
    None,

    /// <summary>One VLAN tag.</summary>
    Vlan,

    /// <summary>IPv4 options, or an IPv6 hop-by-hop header.</summary>
    Options,

    /// <summary>Both.</summary>
    VlanAndOptions,
}

/// <summary>Puts the dressing on frames.</summary>
internal static class Dressings
{
    private const int EthernetBytes = 14;

    /// <summary>Most packets have none.</summary>
    public static Dressing Of(int choice) => (choice / 7 % 12) switch
    {
        0 => Dressing.Vlan,
        1 or 2 => Dressing.Options,
        3 => Dressing.VlanAndOptions,
        _ => Dressing.None,
    };

    /// <summary>A copy of an untagged frame without options, dressed.</summary>
    public static byte[] Dress(this Dressing dressing, byte[] frame)
    {
        byte[] dressed = dressing is Dressing.Options or Dressing.VlanAndOptions ? WithOptions(frame) : frame;
        return dressing is Dressing.Vlan or Dressing.VlanAndOptions
            ? [.. dressed[..12], 0x81, 0x00, 0x00, 0x07, .. dressed[12..]]
            : dressed;
    }

    private static byte[] WithOptions(byte[] frame)
    {
        bool v4 = frame[EthernetBytes] >> 4 == 4;
        int end = EthernetBytes + (v4 ? 20 : 40);

        // Four no-operations (RFC 791), or a hop-by-hop header whose six bytes are one PadN (RFC 8200).
        byte[] options = v4 ? [1, 1, 1, 1] : [frame[EthernetBytes + 6], 0, 1, 4, 0, 0, 0, 0];
        byte[] dressed = [.. frame[..end], .. options, .. frame[end..]];
        Span<byte> ip = dressed.AsSpan(EthernetBytes);
        int lengthAt = v4 ? 2 : 4;
        ushort length = BinaryPrimitives.ReadUInt16BigEndian(ip[lengthAt..]);
        BinaryPrimitives.WriteUInt16BigEndian(ip[lengthAt..], (ushort)(length + options.Length));
        if (v4)
        {
            ip[0] = 0x46;
            ip[10..12].Clear();
            BinaryPrimitives.WriteUInt16BigEndian(ip[10..], Checksum(ip[..24]));
        }
        else
        {
            ip[6] = 0;
        }

        return dressed;
    }

    private static ushort Checksum(ReadOnlySpan<byte> header)
    {
        uint sum = 0;
        for (int i = 0; i < header.Length; i += 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(header[i..]);
        }

        sum = (sum & 0xffff) + (sum >> 16);
        sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)(~sum & 0xffff);
    }
}
