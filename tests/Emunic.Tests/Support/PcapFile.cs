using System.Buffers.Binary;

namespace Emunic.Tests.Support;

/// <summary>Reads and writes capture files: the classic little-endian format, Ethernet frames.</summary>
internal static class PcapFile
{
    private const uint Magic = 0xa1b2c3d4;

    public static void Write(string path, IEnumerable<byte[]> frames)
    {
        using FileStream file = File.Create(path);
        Span<byte> head = stackalloc byte[24];
        BinaryPrimitives.WriteUInt32LittleEndian(head, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(head[4..], 2);
        BinaryPrimitives.WriteUInt16LittleEndian(head[6..], 4);
        BinaryPrimitives.WriteUInt32LittleEndian(head[16..], 65535);
        BinaryPrimitives.WriteUInt32LittleEndian(head[20..], 1);
        file.Write(head);
        Span<byte> record = stackalloc byte[16];
        foreach (byte[] frame in frames)
        {
            record.Clear();
            BinaryPrimitives.WriteInt32LittleEndian(record[8..], frame.Length);
            BinaryPrimitives.WriteInt32LittleEndian(record[12..], frame.Length);
            file.Write(record);
            file.Write(frame);
        }
    }

    public static IReadOnlyList<byte[]> Read(string path)
    {
        ReadOnlySpan<byte> data = File.ReadAllBytes(path);
        Assert.True(data.Length >= 24, $"{path} is no capture file");
        List<byte[]> frames = [];
        data = data[24..];
        while (data.Length >= 16)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(data[8..]);
            frames.Add(data.Slice(16, length).ToArray());
            data = data[(16 + length)..];
        }

        return frames;
    }
}
