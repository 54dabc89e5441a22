using System.Runtime.InteropServices;

namespace NetPolNic.Fallback.Worker;

/// <summary>Words that the control side writes and the loop reads, on cache lines of their own.</summary>
[StructLayout(LayoutKind.Explicit, Size = 128)]
internal struct LoopControl
{
    /// <summary>Not 0: finish the burst and return.</summary>
    [FieldOffset(0)]
    public int Stop;

    /// <summary>Not 0: forget connections and fragments before the next packet; the loop sets it back.</summary>
    [FieldOffset(4)]
    public int Forget;
}
