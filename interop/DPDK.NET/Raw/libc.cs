using System.Runtime.InteropServices;

namespace Dpdk.Raw;

/// <summary>The few functions of the C library that DPDK's interface needs (FILE *, CPU affinity and priority).</summary>
internal static unsafe partial class LibC
{
    /// <summary>The stream, or null with errno set.</summary>
    [LibraryImport(Lib.C, SetLastError = true)]
    internal static partial void* fopen(byte* path, byte* mode);

    [LibraryImport(Lib.C)]
    internal static partial int fclose(void* stream);

    /// <summary>0, or -1 with errno set.</summary>
    [LibraryImport(Lib.C)]
    internal static partial int sched_getaffinity(int pid, nuint cpusetsize, byte* mask);

    /// <summary>0, or -1 with errno set.</summary>
    [LibraryImport(Lib.C)]
    internal static partial int sched_setaffinity(int pid, nuint cpusetsize, byte* mask);

    /// <summary>0, or -1 with errno set. On Linux a process id of 0 is the calling thread (setpriority(2)).</summary>
    [LibraryImport(Lib.C)]
    internal static partial int setpriority(int which, uint who, int nice);
}
