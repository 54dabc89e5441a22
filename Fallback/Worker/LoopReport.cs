using System.Runtime.InteropServices;
using System.Text;

namespace NetPolNic.Fallback.Worker;

/// <summary>What a loop says of itself, on cache lines of its own: written by the loop, read by any thread.</summary>
[StructLayout(LayoutKind.Explicit, Size = 384)]
internal unsafe struct LoopReport
{
    private const int FaultBytes = 248;

    /// <summary>The clock at the last poll, or 0 before the first.</summary>
    [FieldOffset(0)]
    public long LastPollMs;

    /// <summary>Connections and tombstones, as of the last poll.</summary>
    [FieldOffset(8)]
    public int Connections;

    /// <summary>Connections and tombstones that fit.</summary>
    [FieldOffset(12)]
    public int ConnectionCapacity;

    /// <summary>Bytes that the loop has allocated on its runtime's heap since it began to run; known when it has ended.</summary>
    [FieldOffset(16)]
    public long AllocatedBytes;

    /// <summary>Collections of the loop's runtime since it began to run; known when it has ended.</summary>
    [FieldOffset(24)]
    public long Collections;

    [FieldOffset(128)]
    private int _faultLength;

    [FieldOffset(132)]
    private fixed byte _fault[FaultBytes];

    /// <summary>What ended the loop, or null.</summary>
    public string? ReadFault()
    {
        fixed (byte* text = _fault)
        {
            int length = Volatile.Read(ref _faultLength);
            return length == 0 ? null : Encoding.UTF8.GetString(text, length);
        }
    }

    /// <summary>Notes what ended the loop; a long text is cut.</summary>
    public void WriteFault(string text)
    {
        fixed (byte* to = _fault)
        {
            Encoding.UTF8.GetEncoder().Convert(text, new Span<byte>(to, FaultBytes), flush: true, out _, out int length, out _);
            Volatile.Write(ref _faultLength, length);
        }
    }
}
