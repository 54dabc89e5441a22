using System.Runtime.InteropServices;
using Dpdk.Errors;

namespace Dpdk.Raw;

/// <summary>A FILE * for functions that write to one.</summary>
internal sealed unsafe class NativeFile : IDisposable
{
    private NativeFile(void* stream)
    {
        Stream = stream;
    }

    /// <summary>The stream; null after <see cref="Dispose"/>.</summary>
    internal void* Stream { get; private set; }

    /// <summary>Flushes and closes it.</summary>
    public void Dispose()
    {
        if (Stream != null)
        {
            _ = LibC.fclose(Stream);
            Stream = null;
        }
    }

    /// <summary>Creates or empties a file.</summary>
    /// <exception cref="DpdkException">It cannot be opened.</exception>
    internal static NativeFile OpenForWriting(string path)
    {
        fixed (byte* name = NativeText.Bytes(path), mode = "w\0"u8)
        {
            void* stream = LibC.fopen(name, mode);
            return stream != null
                ? new NativeFile(stream)
                : throw new DpdkException("fopen", Marshal.GetLastPInvokeError(), path);
        }
    }
}
