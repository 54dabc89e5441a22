using System.Runtime.InteropServices;

namespace Dpdk.Raw;

/// <summary>
/// Exported functions of rte_eal.h, rte_version.h, rte_errno.h, rte_dev.h, rte_lcore.h, rte_cycles.h, rte_log.h.
/// </summary>
internal static unsafe partial class RteEal
{
    /// <summary>Number of arguments used, or -1 with rte_errno set.</summary>
    [LibraryImport(Lib.Eal)]
    internal static partial int rte_eal_init(int argc, byte** argv);

    /// <summary>0 or a negative errno.</summary>
    [LibraryImport(Lib.Eal)]
    internal static partial int rte_eal_cleanup();

    /// <summary>"DPDK 22.11.11"; static storage.</summary>
    [LibraryImport(Lib.Eal)]
    internal static partial byte* rte_version();

    /// <summary>The errno's text; storage of the calling thread.</summary>
    [LibraryImport(Lib.Eal)]
    internal static partial byte* rte_strerror(int errnum);

    /// <summary>0 or a negative errno.</summary>
    [LibraryImport(Lib.Eal)]
    internal static partial int rte_eal_hotplug_add(byte* busname, byte* devname, byte* drvargs);

    /// <summary>0 or a negative errno.</summary>
    [LibraryImport(Lib.Eal)]
    internal static partial int rte_eal_hotplug_remove(byte* busname, byte* devname);

    /// <summary>0 or a negative errno.</summary>
    [LibraryImport(Lib.Eal)]
    internal static partial int rte_dev_probe(byte* devargs);

    /// <summary>0, or -1 with rte_errno ENOMEM or EINVAL.</summary>
    [LibraryImport(Lib.Eal)]
    internal static partial int rte_thread_register();

    /// <summary>Gives the lcore id back; nothing if the thread has none.</summary>
    [LibraryImport(Lib.Eal)]
    internal static partial void rte_thread_unregister();

    /// <summary>Frequency of the CPU's time stamp counter in Hz.</summary>
    [LibraryImport(Lib.Eal)]
    internal static partial ulong rte_get_tsc_hz();

    /// <summary>0 or -1; a null stream is the default.</summary>
    [LibraryImport(Lib.Eal)]
    internal static partial int rte_openlog_stream(void* f);
}
