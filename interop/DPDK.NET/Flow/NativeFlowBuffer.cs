using System.Runtime.InteropServices;

namespace Dpdk.Flow;

/// <summary>
/// Native memory that one rule after the other is written into; grows to the largest. Not safe for concurrent use. Freed by
/// the finalizer: nothing native keeps a pointer into it.
/// </summary>
internal sealed unsafe class NativeFlowBuffer
{
    private const int LeastBytes = 2048;

    private byte* _memory;
    private int _bytes;

    ~NativeFlowBuffer() => NativeMemory.AlignedFree(_memory);

    /// <summary>At least so many bytes, aligned as <see cref="NativeFlowRule.BlockBytes"/>; what was there is lost.</summary>
    internal byte* Take(int bytes)
    {
        if (bytes > _bytes)
        {
            NativeMemory.AlignedFree(_memory);
            _bytes = Math.Max(bytes, LeastBytes);
            _memory = (byte*)NativeMemory.AlignedAlloc((nuint)_bytes, NativeFlowRule.BlockBytes);
        }

        return _memory;
    }
}
