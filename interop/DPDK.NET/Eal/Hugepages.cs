using System.Globalization;

namespace Dpdk.Eal;

/// <summary>What the kernel has of hugepages to give.</summary>
internal static class Hugepages
{
    private const string Folder = "/sys/kernel/mm/hugepages";
    private const string PoolPrefix = "hugepages-";
    private const string PoolSuffix = "kB";

    /// <summary>Free memory in the largest pool of one page size, MiB; 0 where there is none.</summary>
    internal static long FreeMiB() => FreeMiB(Folder);

    /// <summary>The same under another folder.</summary>
    internal static long FreeMiB(string folder)
    {
        try
        {
            return Directory.Exists(folder)
                ? Directory.EnumerateDirectories(folder, $"{PoolPrefix}*{PoolSuffix}").Select(FreeOfPool).Append(0).Max()
                : 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    private static long FreeOfPool(string pool)
    {
        string size = Path.GetFileName(pool)[PoolPrefix.Length..^PoolSuffix.Length];
        string file = Path.Combine(pool, "free_hugepages");
        string pages = File.Exists(file) ? File.ReadAllText(file).TrimEnd() : "";
        return long.TryParse(pages, NumberStyles.None, CultureInfo.InvariantCulture, out long count) &&
            long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out long kib)
            ? count * kib / 1024
            : 0;
    }
}
