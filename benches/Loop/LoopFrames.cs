using System.Buffers.Binary;
using NetPolNic.Policy.Model;

namespace NetPolNic.Benches.Loop;

/// <summary>Frames of the loop's benchmark.</summary>
internal static class LoopFrames
{
    /// <summary>An IPv4 TCP packet with ACK set, padded; without checksums, which nothing on the path reads.</summary>
    public static byte[] Tcp(IpAddr src, IpAddr dst, ushort srcL4Port, ushort dstL4Port, int bytes)
    {
        byte[] frame = new byte[bytes];
        frame[0] = 0x02;
        frame[5] = 1;
        frame[6] = 0x02;
        frame[11] = 2;
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), 0x0800);
        frame[14] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(16), (ushort)(bytes - 14));
        frame[22] = 64;
        frame[23] = 6;
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(26), (uint)src.Value);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(30), (uint)dst.Value);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(34), srcL4Port);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(36), dstL4Port);
        frame[46] = 0x50;
        frame[47] = 0x10;
        return frame;
    }
}
