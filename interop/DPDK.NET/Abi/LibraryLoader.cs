using System.Runtime.InteropServices;
using Dpdk.Errors;
using Dpdk.Raw;

namespace Dpdk.Abi;

/// <summary>Loads DPDK's libraries by SONAME and says what is wrong where that fails.</summary>
internal static class LibraryLoader
{
    private static readonly string[] s_searchFolders =
    [
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib64",
        "/usr/lib",
        "/usr/local/lib/x86_64-linux-gnu",
        "/usr/local/lib64",
        "/usr/local/lib",
    ];

    /// <summary>Loads all libraries and checks architecture and version.</summary>
    /// <returns>The ABI of the DPDK that was loaded.</returns>
    /// <exception cref="DpdkNotFoundException">A library is missing.</exception>
    /// <exception cref="DpdkAbiException">The processor or the version is not known.</exception>
    internal static unsafe DpdkAbi LoadAll()
    {
        CheckArchitecture(RuntimeInformation.ProcessArchitecture);
        foreach (string library in Lib.All)
        {
            Load(library);
        }

        return DpdkAbi.ForVersion(NativeText.Read(RteEal.rte_version()));
    }

    /// <summary>Loads one library.</summary>
    /// <param name="library">Name without prefix and suffix: "rte_eal".</param>
    internal static nint Load(string library) =>
        Load(library, static soname => NativeLibrary.TryLoad(soname, out nint handle) ? handle : 0, s_searchFolders);

    /// <summary>The same with the loader and the folders given.</summary>
    internal static nint Load(string library, Func<string, nint> open, IEnumerable<string> searchFolders)
    {
        foreach (DpdkAbi abi in DpdkAbi.Known)
        {
            nint handle = open($"lib{library}.so.{abi.SoVersion}");
            if (handle != 0)
            {
                return handle;
            }
        }

        string soname = $"lib{library}.so.{DpdkAbi.Current.SoVersion}";
        string? other = FindOtherVersion(library, searchFolders);
        throw other is null
            ? new DpdkNotFoundException(soname, PackageOf(library, DpdkAbi.Current))
            : DpdkAbiException.ForSoname(other, soname, PackageOf(library, DpdkAbi.Current));
    }

    /// <summary>Refuses processors whose layouts were never probed.</summary>
    internal static void CheckArchitecture(Architecture architecture)
    {
        if (architecture != Architecture.X64)
        {
            throw DpdkAbiException.ForArchitecture(architecture);
        }
    }

    /// <summary>
    /// Debian's package of a library: rte_bus_vdev is in librte-bus-vdev23, names that end in a digit get a hyphen.
    /// </summary>
    internal static string PackageOf(string library, DpdkAbi abi)
    {
        string name = "lib" + library.Replace('_', '-');
        return char.IsAsciiDigit(name[^1]) ? $"{name}-{abi.SoVersion}" : name + abi.SoVersion;
    }

    private static string? FindOtherVersion(string library, IEnumerable<string> folders)
    {
        foreach (string folder in folders.Where(Directory.Exists))
        {
            string? found = Directory.EnumerateFiles(folder, $"lib{library}.so.*")
                .Order(StringComparer.Ordinal)
                .FirstOrDefault();
            if (found is not null)
            {
                return found;
            }
        }

        return null;
    }
}
