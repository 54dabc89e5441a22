using System.Buffers.Binary;

namespace NetPolNic.Agent.Packets;

/// <summary>Classic pcap files (magic 0xa1b2c3d4, microseconds, Ethernet), as DPDK's net_pcap reads and writes them.</summary>
internal static class PcapFile
{
    private const uint Magic = 0xa1b2_c3d4;
    private const uint MagicNanoseconds = 0xa1b2_3c4d;
    private const uint LinkTypeEthernet = 1;
    private const int FileHeaderBytes = 24;
    private const int RecordHeaderBytes = 16;

    /// <summary>Writes frames with time stamps one microsecond apart.</summary>
    public static void Write(string path, IEnumerable<byte[]> frames)
    {
        using FileStream file = File.Create(path);
        byte[] header = new byte[FileHeaderBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(header, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(4), 2);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(6), 4);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(16), 65535);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(20), LinkTypeEthernet);
        file.Write(header);
        uint microseconds = 0;
        byte[] record = new byte[RecordHeaderBytes];
        foreach (byte[] frame in frames)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(record, microseconds / 1_000_000);
            BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(4), microseconds % 1_000_000);
            BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), (uint)frame.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(12), (uint)frame.Length);
            file.Write(record);
            file.Write(frame);
            microseconds++;
        }
    }

    /// <summary>Reads the frames of a file; a record cut off at the end is left out.</summary>
    /// <exception cref="InvalidDataException">The file is no little-endian pcap file.</exception>
    public static IReadOnlyList<byte[]> Read(string path)
    {
        byte[] all = File.ReadAllBytes(path);
        if (all.Length < FileHeaderBytes ||
            BinaryPrimitives.ReadUInt32LittleEndian(all) is not (Magic or MagicNanoseconds))
        {
            throw new InvalidDataException($"{path}: not a pcap file");
        }

        List<byte[]> frames = [];
        int at = FileHeaderBytes;
        while (at + RecordHeaderBytes <= all.Length)
        {
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(all.AsSpan(at + 8));
            at += RecordHeaderBytes;
            if (length > all.Length - at)
            {
                break;
            }

            frames.Add(all.AsSpan(at, (int)length).ToArray());
            at += (int)length;
        }

        return frames;
    }
}
