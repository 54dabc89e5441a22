using System.Buffers.Binary;
using NetPolNic.Agent.Packets;
using NetPolNic.Policy.Model;

namespace NetPolNic.Benches.Datapath.Traffic;

/// <summary>TCP segments without payload in the smallest frames that hold them, 64 bytes or more, with right checksums.</summary>
internal static class TcpFrame
{
    public const byte Syn = 0x02;
    public const byte Ack = 0x10;

    private const int HeaderBytes = 20;
    private const int MinBytes = 64;
    private const byte Tcp = 6;

    /// <summary>Makes one. Numbers are host order; MACs are 48-bit numbers.</summary>
    public static byte[] Make(
        (ulong Mac, IpAddr Addr, ushort L4Port) src,
        (ulong Mac, IpAddr Addr, ushort L4Port) dst,
        byte flags,
        uint sequence,
        uint acknowledged)
    {
        byte[] segment = new byte[HeaderBytes];
        BinaryPrimitives.WriteUInt16BigEndian(segment, src.L4Port);
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(2), dst.L4Port);
        BinaryPrimitives.WriteUInt32BigEndian(segment.AsSpan(4), sequence);
        BinaryPrimitives.WriteUInt32BigEndian(segment.AsSpan(8), acknowledged);
        segment[12] = (HeaderBytes / 4) << 4;
        segment[13] = flags;
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(14), ushort.MaxValue);
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(16), Checksum(src.Addr, dst.Addr, segment));
        byte[] frame = FrameBuilder.Ip(src.Mac, dst.Mac, src.Addr, dst.Addr, Tcp, segment);
        if (frame.Length < MinBytes)
        {
            Array.Resize(ref frame, MinBytes); // Padding behind the IP packet, as on a wire.
        }

        return frame;
    }

    private static ushort Checksum(IpAddr src, IpAddr dst, ReadOnlySpan<byte> segment)
    {
        ulong sum = Tcp + (ulong)segment.Length + Words(src.Value) + Words(dst.Value);
        for (int i = 0; i < segment.Length; i += 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(segment[i..]);
        }

        while (sum >> 16 != 0)
        {
            sum = (sum & 0xffff) + (sum >> 16);
        }

        return (ushort)(~sum & 0xffff);
    }

    private static ulong Words(UInt128 addr)
    {
        ulong sum = 0;
        for (; addr != 0; addr >>= 16)
        {
            sum += (ulong)(addr & 0xffff);
        }

        return sum;
    }
}
