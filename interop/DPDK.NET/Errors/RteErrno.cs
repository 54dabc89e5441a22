using System.Runtime.InteropServices;
using Dpdk.Abi;
using Dpdk.Raw;

namespace Dpdk.Errors;

/// <summary>
/// rte_errno, the thread-local variable <c>per_lcore__rte_errno</c>. glibc's dlsym gives the address that a
/// thread-local
/// symbol has in the calling thread, so it is looked up once per thread. Read it before any other native call.
/// </summary>
internal static unsafe class RteErrno
{
    [ThreadStatic]
    private static int* s_addressOfThread;

    /// <summary>The calling thread's rte_errno: a positive errno, or 0.</summary>
    internal static int Current
    {
        get
        {
            if (s_addressOfThread == null)
            {
                s_addressOfThread = (int*)NativeLibrary.GetExport(LibraryLoader.Load(Lib.Eal), "per_lcore__rte_errno");
            }

            return *s_addressOfThread;
        }
    }

    /// <summary>Throws for a negative result of a function that returns -errno.</summary>
    internal static void ThrowIfNegative(int result, string operation, string? detail = null)
    {
        if (result < 0)
        {
            throw new DpdkException(operation, -result, detail);
        }
    }
}
