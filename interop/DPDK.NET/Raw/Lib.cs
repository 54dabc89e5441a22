using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Dpdk.Abi;

namespace Dpdk.Raw;

/// <summary>Library names of the externs and the resolver that turns them into SONAMEs.</summary>
internal static class Lib
{
    internal const string Eal = "rte_eal";
    internal const string Ethdev = "rte_ethdev";
    internal const string Mbuf = "rte_mbuf";
    internal const string Mempool = "rte_mempool";
    internal const string Ring = "rte_ring";
    internal const string C = "libc";

    /// <summary>Every DPDK library that the externs name.</summary>
    internal static readonly string[] All = [Eal, Ring, Mempool, Mbuf, Ethdev];

    // The resolver must stand before the first extern is bound, whichever entry point comes first; nothing is loaded
    // here.
#pragma warning disable CA2255
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Register() => NativeLibrary.SetDllImportResolver(typeof(Lib).Assembly, Resolve);

    private static nint Resolve(string library, Assembly assembly, DllImportSearchPath? searchPath) =>
        library.StartsWith("rte_", StringComparison.Ordinal) ? LibraryLoader.Load(library) : 0;
}
