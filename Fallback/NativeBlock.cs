using System.Runtime.InteropServices;

namespace NetPolNic.Fallback;

/// <summary>
/// A zeroed array outside the heap, aligned to a cache line. The owner disposes of it; there is no finalizer.
/// </summary>
internal sealed unsafe class NativeBlock<T> : IDisposable
    where T : unmanaged
{
    private const nuint CacheLineBytes = 64;

    public NativeBlock(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        nuint bytes = checked((nuint)Math.Max(length, 1) * (nuint)sizeof(T));
        Pointer = (T*)NativeMemory.AlignedAlloc(bytes, CacheLineBytes);
        NativeMemory.Clear(Pointer, bytes);
    }

    /// <summary>First element; null after <see cref="Dispose"/>.</summary>
    public T* Pointer { get; private set; }

    /// <summary>Elements.</summary>
    public int Length { get; }

    public long MemoryBytes => (long)Length * sizeof(T);

    /// <summary>A block with the elements of a list.</summary>
    public static NativeBlock<T> CopyOf(List<T> items)
    {
        NativeBlock<T> block = new(items.Count);
        CollectionsMarshal.AsSpan(items).CopyTo(new Span<T>(block.Pointer, block.Length));
        return block;
    }

    public void Clear() => NativeMemory.Clear(Pointer, (nuint)Length * (nuint)sizeof(T));

    public void Dispose()
    {
        NativeMemory.AlignedFree(Pointer);
        Pointer = null;
    }
}
