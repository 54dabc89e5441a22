using System.Buffers.Binary;
using CsCheck;
using NetPolNic.Fallback.Tests.Rig;

namespace NetPolNic.Fallback.Tests.Fuzz;

/// <summary>
/// Frames that a sender with bad intentions would try: well-formed ones of every kind with addresses and ports that often
/// meet, then fields changed, lengths that lie, and cut ends. Reproducible by its seed; allocates nothing per frame.
/// </summary>
internal sealed class FrameMutator(uint seed)
{
    /// <summary>Room for the longest frame.</summary>
    public const int MaxBytes = 512;

    private static readonly byte[][] s_seeds = Seeds();
    private static readonly byte[] s_interesting = [0, 1, 0x7f, 0x80, 0xff, 6, 17, 1, 58, 44, 43, 51, 60, 132, 0x45, 0x60, 0x50];
    private static readonly ushort[] s_etherTypes = [0x0800, 0x86dd, 0x0806, 0x8100, 0x88a8, 0x9100];

    private readonly PCG _random = new(seed);

    /// <summary>Seed frames that there are.</summary>
    public static int SeedCount => s_seeds.Length;

    /// <summary>Writes the next frame; returns its length.</summary>
    public int Next(Span<byte> frame)
    {
        uint kind = _random.Next(32);
        if (kind == 0)
        {
            return Noise(frame);
        }

        byte[] seed = s_seeds[_random.Next((uint)s_seeds.Length)];
        seed.CopyTo(frame);
        int length = seed.Length;
        Vary(frame[..length]);
        if (kind < 12)
        {
            return length; // Well-formed: without these nothing would get deep into the connection table.
        }

        for (uint changes = 1 + _random.Next(4); changes > 0; changes--)
        {
            length = Change(frame, length);
        }

        return length;
    }

    private int Noise(Span<byte> frame)
    {
        int length = (int)_random.Next(160);
        for (int i = 0; i < length; i++)
        {
            frame[i] = (byte)_random.Next(256);
        }

        if (length >= 14 && _random.Next(2) == 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame[12..], s_etherTypes[_random.Next((uint)s_etherTypes.Length)]);
        }

        return length;
    }

    /// <summary>Other ends, ports and numbers, from few, so that packets meet.</summary>
    private void Vary(Span<byte> frame)
    {
        frame[11] = (byte)(1 + _random.Next(3));
        frame[5] = (byte)(1 + _random.Next(3));
        if (frame[12] == 0x08 && frame[13] == 0 && frame.Length >= 34)
        {
            frame[29] = (byte)(1 + _random.Next(4));
            frame[33] = (byte)(1 + _random.Next(4));
            VaryL4(frame[34..], frame[23]);
        }
        else if (frame[12] == 0x86 && frame.Length >= 54)
        {
            frame[37] = (byte)(1 + _random.Next(4));
            frame[53] = (byte)(1 + _random.Next(4));
            VaryL4(frame[54..], frame[20]);
        }
    }

    private void VaryL4(Span<byte> l4, byte ipProto)
    {
        if (ipProto is 6 or 17 or 132 && l4.Length >= 8)
        {
            l4[1] = (byte)(79 + _random.Next(3));
            l4[3] = (byte)(79 + _random.Next(3));
        }

        if (ipProto == 6 && l4.Length >= 20)
        {
            l4[13] = (byte)_random.Next(32);
            l4[7] = (byte)_random.Next(4);
            l4[11] = (byte)_random.Next(4);
        }
    }

    private int Change(Span<byte> frame, int length)
    {
        if (length == 0)
        {
            return 0;
        }

        int at = (int)_random.Next((uint)length);
        switch (_random.Next(8))
        {
            case 0:
                frame[at] = (byte)_random.Next(256);
                return length;

            case 1:
                frame[at] ^= (byte)(1 << (int)_random.Next(8));
                return length;

            case 2:
                frame[at] = s_interesting[_random.Next((uint)s_interesting.Length)];
                return length;

            case 3: // A cut end.
                return at;

            case 4: // Bytes behind the packet.
                int more = Math.Min((int)_random.Next(32), MaxBytes - length);
                frame.Slice(length, more).Fill((byte)_random.Next(256));
                return length + more;

            case 5: // A lying length: IPv4's, IPv6's, UDP's.
                int field = (frame[12 < length ? 12 : 0] == 0x86 ? 18 : 16) + (_random.Next(4) == 0 ? 22 : 0);
                if (field + 1 < length)
                {
                    frame[field] = (byte)_random.Next(2);
                    frame[field + 1] = (byte)_random.Next(256);
                }

                return length;

            case 6: // A fragment of IPv4.
                if (length > 22)
                {
                    frame[20] = (byte)(_random.Next(2) << 5);
                    frame[21] = (byte)_random.Next(4);
                }

                return length;

            default: // A piece in the place of another.
                int from = (int)_random.Next((uint)length);
                int bytes = (int)Math.Min(_random.Next(16), (uint)(length - Math.Max(from, at)));
                frame.Slice(from, bytes).CopyTo(frame[at..]);
                return length;
        }
    }

    private static byte[][] Seeds()
    {
        const string A = "10.0.0.1", B = "10.0.0.2", C = "fd00::1", D = "fd00::2";
        return
        [
            FrameBuilder.Ip(A, B).Tcp(80, 80).Build(),
            FrameBuilder.Ip(A, B).TcpAt(80, 80, 0x02, 1, 0, scale: 7).Build(),
            FrameBuilder.Ip(A, B).Udp(80, 80).Build(),
            FrameBuilder.Ip(A, B).Sctp(80, 80).Build(),
            FrameBuilder.Ip(A, B).Icmp(8, 1).Build(),
            FrameBuilder.Ip(A, B).Icmp(0, 1).Build(),
            FrameBuilder.Ip(A, B).Raw(47, new byte[12]).Build(),
            FrameBuilder.Ip(A, B).Vlan(7).Options(12).Tcp(80, 80).Build(),
            FrameBuilder.Ip(A, B).Vlan(7, 0x88a8).Vlan(8).Udp(80, 80).Build(),
            FrameBuilder.Ip(A, B).Fragment(9, 0, true).Udp(80, 80, 16, 500).Build(),
            FrameBuilder.Ip(A, B).Fragment(9, 3, false).Raw(17, new byte[16]).Build(),
            FrameBuilder.Ip(A, B).Fragment(9, 1, true).Raw(6, new byte[16]).Build(),
            FrameBuilder.Ip(A, B).Icmp(3, body: FrameBuilder.Ip(B, A).Options(8).Tcp(80, 80).BuildIp()).Build(),
            FrameBuilder.Ip(C, D).Tcp(80, 80).Build(),
            FrameBuilder.Ip(C, D).Udp(80, 80).Build(),
            FrameBuilder.Ip(C, D).Icmp(128, 1).Build(),
            FrameBuilder.Ip(C, D).Icmp(136, body: new byte[24]).Build(),
            FrameBuilder.Ip(C, D).Extension(0).Extension(60, 2).Extension(43).Extension(51, 6).Tcp(80, 80).Build(),
            FrameBuilder.Ip(C, D).Extension(60).Fragment(9, 0, true).Udp(80, 80).Build(),
            FrameBuilder.Ip(C, D).Fragment(9, 3, false).Raw(17, new byte[16]).Build(),
            FrameBuilder.Ip(C, D).Icmp(
                1, body: FrameBuilder.Ip(D, C).Extension(0).Fragment(9, 0, true).Udp(80, 80).BuildIp()).Build(),
            FrameBuilder.Arp(A, B),
        ];
    }
}
