using System.Runtime.InteropServices;

namespace NetPolNic.Fallback;

/// <summary>
/// A zeroed array outside the heap, aligned to a cache line; a large one in huge pages where possible. The owner disposes
/// of it; there is no finalizer.
/// </summary>
internal sealed unsafe class NativeBlock<T> : IDisposable
    where T : unmanaged
{
    private const nuint CacheLineBytes = 64;

    private readonly nuint _bytes;

    public NativeBlock(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        _bytes = checked((nuint)Math.Max(length, 1) * (nuint)sizeof(T));
        if (IsLarge)
        {
            Pointer = (T*)NativePages.Map(_bytes);
            return;
        }

        Pointer = (T*)NativeMemory.AlignedAlloc(_bytes, CacheLineBytes);
        NativeMemory.Clear(Pointer, _bytes);
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
        if (!IsLarge)
        {
            NativeMemory.AlignedFree(Pointer);
        }
        else if (Pointer != null)
        {
            NativePages.Free(Pointer, _bytes);
        }

        Pointer = null;
    }

    /// <summary>Worth pages of its own.</summary>
    private bool IsLarge => _bytes >= 2 * NativePages.HugePageBytes;
}
