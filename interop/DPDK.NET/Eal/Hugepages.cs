using System.Globalization;

namespace Dpdk.Eal;

/// <summary>Whether the kernel has hugepages to give.</summary>
internal static class Hugepages
{
    private const string Folder = "/sys/kernel/mm/hugepages";

    /// <summary>True if a pool of any page size has a free page.</summary>
    internal static bool AnyFree() => AnyFree(Folder);

    /// <summary>The same under another folder.</summary>
    internal static bool AnyFree(string folder)
    {
        try
        {
            return Directory.Exists(folder) && Directory.EnumerateDirectories(folder).Any(HasFree);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool HasFree(string pool)
    {
        string file = Path.Combine(pool, "free_hugepages");
        string text = File.Exists(file) ? File.ReadAllText(file) : "";
        return long.TryParse(text, NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out long pages)
            && pages > 0;
    }
}
