using System.Buffers.Binary;

namespace NetPolNic.Benches.LineRate;

/// <summary>
/// Headers of UDP frames: peers of 10.2.0.0/16 ask the pod 10.1.0.10 on port 8080, and it answers. Each flow's first
/// <see cref="HeaderBytes"/> bytes are made once; size and stamp are written per frame. Checksums of UDP are 0 (none).
/// </summary>
internal sealed class FlowFrames
{
    /// <summary>Ethernet, IPv4, UDP.</summary>
    internal const int HeaderBytes = 42;

    private readonly byte[] _headers;

    internal FlowFrames(int flows)
    {
        Flows = flows;
        _headers = new byte[flows * 2 * HeaderBytes];
        for (int flow = 0; flow < flows; flow++)
        {
            uint peer = 0x0a020000u + (uint)(flow % 65000) + 1;
            ushort port = (ushort)(10000 + (flow / 65000));
            Write(Header(flow, fromPod: false), PeerMac, PodMac, peer, PodAddress, port, 8080);
            Write(Header(flow, fromPod: true), PodMac, PeerMac, PodAddress, peer, 8080, port);
        }
    }

    internal static ReadOnlySpan<byte> PodMac => [0x02, 0, 0, 0, 0, 0x0a];

    internal static ReadOnlySpan<byte> PeerMac => [0x02, 0, 0, 0, 0, 0x01];

    internal const uint PodAddress = 0x0a01000a;

    internal int Flows { get; }

    /// <summary>The headers of a flow in one direction; IPv4 and UDP lengths are those of no payload.</summary>
    internal Span<byte> Header(int flow, bool fromPod) =>
        _headers.AsSpan(((flow * 2) + (fromPod ? 1 : 0)) * HeaderBytes, HeaderBytes);

    /// <summary>Writes a frame of <paramref name="bytes"/> bytes, all but what stands behind the headers.</summary>
    internal void WriteTo(Span<byte> frame, int flow, bool fromPod, int bytes)
    {
        Header(flow, fromPod).CopyTo(frame);
        int ip = bytes - 14;
        ushort before = BinaryPrimitives.ReadUInt16BigEndian(frame[16..]);
        BinaryPrimitives.WriteUInt16BigEndian(frame[16..], (ushort)ip);
        BinaryPrimitives.WriteUInt16BigEndian(frame[38..], (ushort)(ip - 20));

        // RFC 1624: the checksum follows the one field that changed.
        uint sum = (uint)(ushort)~BinaryPrimitives.ReadUInt16BigEndian(frame[24..]) + (ushort)~before + (uint)ip;
        sum = (sum & 0xffff) + (sum >> 16);
        sum = (sum & 0xffff) + (sum >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(frame[24..], (ushort)~sum);
    }

    private static void Write(
        Span<byte> frame, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, uint src, uint dst, ushort srcPort, ushort dstPort)
    {
        to.CopyTo(frame);
        from.CopyTo(frame[6..]);
        BinaryPrimitives.WriteUInt16BigEndian(frame[12..], 0x0800);
        frame[14] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(frame[16..], 28);
        frame[22] = 64;
        frame[23] = 17;
        BinaryPrimitives.WriteUInt32BigEndian(frame[26..], src);
        BinaryPrimitives.WriteUInt32BigEndian(frame[30..], dst);
        uint sum = 0;
        for (int i = 14; i < 34; i += 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(frame[i..]);
        }

        sum = (sum & 0xffff) + (sum >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(frame[24..], (ushort)~((sum & 0xffff) + (sum >> 16)));
        BinaryPrimitives.WriteUInt16BigEndian(frame[34..], srcPort);
        BinaryPrimitives.WriteUInt16BigEndian(frame[36..], dstPort);
        BinaryPrimitives.WriteUInt16BigEndian(frame[38..], 8);
    }
}
