using System.Runtime.InteropServices;

namespace NetPolNic.Fallback.Worker;

/// <summary>
/// What an idle loop waits for and others wake it by: an eventfd, which loops of every runtime can wait for alike. A
/// number; who creates it closes it.
/// </summary>
internal readonly unsafe partial struct WakeSignal
{
    // eventfd(2), poll(2): Linux, x86-64.
    private const int EfdCloexec = 0x80000;
    private const int EfdNonblock = 0x800;
    private const short PollIn = 1;

    private readonly int _fd;

    private WakeSignal(int fd)
    {
        _fd = fd;
    }

    /// <exception cref="InvalidOperationException">The process has no file descriptor left.</exception>
    public static WakeSignal Create()
    {
        int fd = eventfd(0, EfdCloexec | EfdNonblock);
        return fd >= 0
            ? new WakeSignal(fd)
            : throw new InvalidOperationException("eventfd(2) gave no file descriptor for the poll loop");
    }

    /// <summary>Ends a wait, or the next one. Any thread.</summary>
    public void Set()
    {
        ulong one = 1;
        _ = write(_fd, &one, sizeof(ulong));
    }

    /// <summary>Waits until woken. One thread.</summary>
    /// <param name="timeoutMs">At most so long; -1: without end.</param>
    public void Wait(int timeoutMs)
    {
        PollFd wanted = new() { Fd = _fd, Events = PollIn };
        if (poll(&wanted, 1, timeoutMs) > 0)
        {
            ulong count;
            _ = read(_fd, &count, sizeof(ulong));
        }
    }

    public void Close() => _ = close(_fd);

    [LibraryImport("libc")]
    private static partial int eventfd(uint initval, int flags);

    [LibraryImport("libc")]
    private static partial int poll(PollFd* fds, nuint nfds, int timeout);

    [LibraryImport("libc")]
    private static partial nint read(int fd, void* buf, nuint count);

    [LibraryImport("libc")]
    private static partial nint write(int fd, void* buf, nuint count);

    [LibraryImport("libc")]
    private static partial int close(int fd);

    private struct PollFd
    {
        public int Fd;
        public short Events;
        public short Revents;
    }
}
