using System.Runtime.InteropServices;

namespace NetPolNic.Fallback.Tests.Rig;

/// <summary>
/// Memory whose end is followed by a page that cannot be touched: a read behind a frame ends the process.
/// </summary>
internal sealed unsafe partial class GuardedBuffer : IDisposable
{
    private const int ProtNone = 0;
    private const int ProtReadWrite = 3;
    private const int MapPrivateAnonymous = 0x22;

    private readonly nuint _mappedBytes;
    private readonly byte* _start;
    private readonly byte* _end;

    public GuardedBuffer(int capacity = 65536)
    {
        int page = Environment.SystemPageSize;
        nuint usable = (nuint)((capacity + page - 1) / page * page);
        _mappedBytes = usable + (nuint)page;
        _start = (byte*)mmap(null, _mappedBytes, ProtReadWrite, MapPrivateAnonymous, -1, 0);
        if ((nint)_start == -1)
        {
            throw new InvalidOperationException("mmap failed");
        }

        _end = _start + usable;
        if (mprotect(_end, (nuint)page, ProtNone) != 0)
        {
            throw new InvalidOperationException("mprotect failed");
        }
    }

    /// <summary>Copies a frame so that it ends at the guard page; returns its first byte.</summary>
    public byte* Place(ReadOnlySpan<byte> frame)
    {
        byte* at = _end - frame.Length;
        frame.CopyTo(new Span<byte>(at, frame.Length));
        return at;
    }

    public void Dispose() => _ = munmap(_start, _mappedBytes);

    [LibraryImport("libc")]
    private static partial void* mmap(void* addr, nuint length, int prot, int flags, int fd, nint offset);

    [LibraryImport("libc")]
    private static partial int mprotect(void* addr, nuint length, int prot);

    [LibraryImport("libc")]
    private static partial int munmap(void* addr, nuint length);
}
