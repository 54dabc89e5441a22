using System.Runtime.InteropServices;

namespace NetPolNic.Fallback;

/// <summary>
/// Large zeroed memory: reserved huge pages where there are enough, else ordinary pages which the kernel may merge to
/// huge ones. All of it is there at once, so that no packet waits for a page. Control threads.
/// </summary>
internal static unsafe partial class NativePages
{
    /// <summary>Bytes of a huge page on x86-64 and, by default, on ARM64.</summary>
    public const nuint HugePageBytes = 2 << 20;

    // asm-generic/mman-common.h, the same on both architectures.
    private const int ProtReadWrite = 3;
    private const int MapPrivateAnonymous = 0x22;
    private const int MapPopulate = 0x8000;
    private const int MapHugeTlb = 0x40000;
    private const int AdviceHugePage = 14;

    /// <summary>Maps at least some bytes; <see cref="Free"/> takes the same number.</summary>
    /// <exception cref="InsufficientMemoryException">There is no such memory.</exception>
    public static byte* Map(nuint bytes)
    {
        nuint length = RoundUp(bytes);
        void* huge = mmap(
            null, length, ProtReadWrite, MapPrivateAnonymous | MapHugeTlb | MapPopulate, -1, 0);
        if ((nint)huge != -1)
        {
            return (byte*)huge;
        }

        // A huge page more, so that the block can start on one: only then does the kernel use them.
        byte* start = (byte*)mmap(null, length + HugePageBytes, ProtReadWrite, MapPrivateAnonymous, -1, 0);
        if ((nint)start == -1)
        {
            throw new InsufficientMemoryException($"no {length} bytes for a table of the data path");
        }

        byte* aligned = (byte*)RoundUp((nuint)start);
        Unmap(start, (nuint)(aligned - start));
        Unmap(aligned + length, HugePageBytes - (nuint)(aligned - start));
        _ = madvise(aligned, length, AdviceHugePage);
        NativeMemory.Clear(aligned, length);
        return aligned;
    }

    public static void Free(void* start, nuint bytes) => Unmap(start, RoundUp(bytes));

    private static nuint RoundUp(nuint bytes) => (bytes + HugePageBytes - 1) / HugePageBytes * HugePageBytes;

    private static void Unmap(void* start, nuint bytes)
    {
        if (bytes > 0)
        {
            _ = munmap(start, bytes);
        }
    }

    // (void*)-1 on failure.
    [LibraryImport("libc")]
    private static partial void* mmap(void* addr, nuint length, int prot, int flags, int fd, nint offset);

    // 0, or -1: there is none, or the pointer is no mapping.
    [LibraryImport("libc")]
    private static partial int munmap(void* addr, nuint length);

    // 0, or -1 where the kernel has no transparent huge pages: then the pages stay small.
    [LibraryImport("libc")]
    private static partial int madvise(void* addr, nuint length, int advice);
}
