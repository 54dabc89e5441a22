using System.Buffers.Binary;
using BenchmarkDotNet.Attributes;
using NetPolNic.Fallback.Parsing;

namespace NetPolNic.Benches.Datapath;

/// <summary>The parser alone, on frames of 64 bytes (IPv6: 78) in the cache.</summary>
[MemoryDiagnoser]
public unsafe class ParserBenchmarks
{
    private const int Rounds = 256;

    private readonly byte[] _v4 = Frame(4);
    private readonly byte[] _v6 = Frame(6);

    [Benchmark(Baseline = true, OperationsPerInvoke = Rounds)]
    public int Ipv4Tcp() => Parse(_v4);

    [Benchmark(OperationsPerInvoke = Rounds)]
    public int Ipv6Tcp() => Parse(_v6);

    private static int Parse(byte[] frame)
    {
        int parsed = 0;
        fixed (byte* at = frame)
        {
            for (int i = 0; i < Rounds; i++)
            {
                parsed += (int)PacketParser.Parse(at, frame.Length, out ParsedPacket packet) + packet.Key.DstL4Port;
            }
        }

        return parsed;
    }

    private static byte[] Frame(int version)
    {
        int ip = version == 4 ? 20 : 40;
        byte[] frame = new byte[Math.Max(64, 14 + ip + 24)];
        Span<byte> header = frame.AsSpan(14);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), (ushort)(version == 4 ? 0x0800 : 0x86dd));
        header[0] = (byte)(version == 4 ? 0x45 : 0x60);
        BinaryPrimitives.WriteUInt16BigEndian(header[(version == 4 ? 2 : 4)..], (ushort)(version == 4 ? 40 : 20));
        header[version == 4 ? 9 : 6] = 6;
        header[ip + 12] = 0x50;
        header[ip + 13] = 0x10;
        return frame;
    }
}
