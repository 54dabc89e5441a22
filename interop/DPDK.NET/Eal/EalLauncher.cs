using System.Runtime.InteropServices;
using Dpdk.Errors;
using Dpdk.Raw;

namespace Dpdk.Eal;

/// <summary>The native steps of starting EAL.</summary>
internal static unsafe class EalLauncher
{
    /// <summary>Runs rte_eal_init on the calling thread.</summary>
    /// <exception cref="EalInitException">It failed; the log says why.</exception>
    internal static void Init(string[] arguments)
    {
        // EAL keeps pointers into argv, so the strings live as long as the process.
        var argv = (byte**)NativeMemory.AllocZeroed((nuint)(arguments.Length + 1), (nuint)sizeof(byte*));
        for (int i = 0; i < arguments.Length; i++)
        {
            argv[i] = (byte*)Marshal.StringToCoTaskMemUTF8(arguments[i]);
        }

        if (RteEal.rte_eal_init(arguments.Length, argv) < 0)
        {
            int errno = RteErrno.Current;
            throw new EalInitException("rte_eal_init", errno, "arguments: " + string.Join(' ', arguments.Skip(1)));
        }
    }

    /// <summary>Sends DPDK's log to a file, to which it appends; null leaves it on stderr.</summary>
    internal static void OpenLog(string? path)
    {
        if (path is null)
        {
            return;
        }

        fixed (byte* name = NativeText.Bytes(path), mode = "a\0"u8)
        {
            void* stream = LibC.fopen(name, mode);
            if (stream == null)
            {
                throw new EalInitException("fopen", Marshal.GetLastPInvokeError(), $"log file {path}");
            }

            _ = RteEal.rte_openlog_stream(stream);
        }
    }
}
