using System.Collections.Concurrent;
using NetPolNic.Agent.Commands;

namespace NetPolNic.Agent.Emulation;

/// <summary>Finds the emulated NIC's driver library, and gives EAL a path that it accepts.</summary>
internal static class EmunicLibrary
{
    private const string FileName = "librte_net_emunic.so";
    private const string Variable = "NETPOLNIC_EMUNIC";
    private static readonly ConcurrentDictionary<string, bool> s_private = new(StringComparer.Ordinal);
    private static int s_copies;

    /// <summary>
    /// The library's path: of the environment variable NETPOLNIC_EMUNIC, or artifacts/emunic in a folder above the
    /// executable. EAL refuses a driver below a world-writable folder (a clone under /tmp is one); the library is then
    /// copied to a private folder first.
    /// </summary>
    /// <exception cref="UnusableInputException">There is none.</exception>
    public static string Locate()
    {
        string? named = Environment.GetEnvironmentVariable(Variable);
        string built = Path.Combine("artifacts", "emunic", FileName);
        string found = named is { Length: > 0 } ? named : AboveExecutable.Find(built) ?? built;
        if (!File.Exists(found))
        {
            throw new UnusableInputException(named is { Length: > 0 }
                ? $"{Variable} names {found}, which is missing"
                : $"the emulated NIC is not built: {found} is missing; './netpolnic demo' or 'make -C interop/emunic' builds it");
        }

        string path = Path.GetFullPath(found);
        return IsWorldWritableAbove(path) ? CopyToPrivateFolder(path) : path;
    }

    /// <summary>
    /// Removes the private copy, if <paramref name="path"/> (an answer of <see cref="Locate"/>) is one. A process that has
    /// loaded the library keeps it; removed at once, nothing is left behind however the process ends.
    /// </summary>
    public static void Release(string path)
    {
        string folder = Path.GetDirectoryName(path)!;
        if (s_private.TryRemove(folder, out _) && Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static bool IsWorldWritableAbove(string path)
    {
        for (DirectoryInfo? folder = new FileInfo(path).Directory; folder is not null; folder = folder.Parent)
        {
            if ((folder.UnixFileMode & UnixFileMode.OtherWrite) != 0)
            {
                return true;
            }
        }

        return false;
    }

    private static string CopyToPrivateFolder(string path)
    {
        foreach (string parent in PrivateParents())
        {
            string folder = Path.Combine(parent, $"netpolnic-{Environment.ProcessId}-{Interlocked.Increment(ref s_copies)}");
            try
            {
                return CopyTo(folder, path);
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                // The next folder may take it.
            }
        }

        throw new UnusableInputException(
            $"DPDK loads no driver below a folder that everybody may write to, which {path} is, and there is no private " +
            $"folder to copy it to; move it and name it with {Variable}, or run as root");
    }

    /// <summary>Where a private folder may be made, the best first: of root, of a session, of a user.</summary>
    private static IEnumerable<string> PrivateParents()
    {
        string?[] parents =
        [
            "/run",
            Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR"),
            Environment.GetEnvironmentVariable("XDG_CACHE_HOME"),
            Environment.GetEnvironmentVariable("HOME"),
        ];
        return parents.OfType<string>().Where(parent => Directory.Exists(parent) && !IsWorldWritableAbove($"{parent}/x"));
    }

    private static string CopyTo(string folder, string path)
    {
        const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
#pragma warning disable CA1416 // DPDK and its emulated NIC run on Linux only.
        Directory.CreateDirectory(folder, OwnerOnly);
#pragma warning restore CA1416
        s_private[folder] = true;
        string copy = Path.Combine(folder, FileName);
        File.Copy(path, copy, overwrite: true);
        return copy;
    }
}
