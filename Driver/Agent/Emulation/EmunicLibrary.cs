using NetPolNic.Agent.Commands;

namespace NetPolNic.Agent.Emulation;

/// <summary>Finds the emulated NIC's driver library, and gives EAL a path that it accepts.</summary>
internal static class EmunicLibrary
{
    private const string FileName = "librte_net_emunic.so";
    private const string Variable = "NETPOLNIC_EMUNIC";

    /// <summary>
    /// The library's path: of the environment variable NETPOLNIC_EMUNIC, or artifacts/emunic in a folder above the
    /// executable. EAL refuses a driver below a world-writable folder (a clone under /tmp is one); the library is then
    /// copied to a private folder first.
    /// </summary>
    /// <exception cref="UnusableInputException">There is none.</exception>
    public static string Locate()
    {
        string? named = Environment.GetEnvironmentVariable(Variable);
        string found = named is { Length: > 0 } ? named : Search(AppContext.BaseDirectory);
        if (!File.Exists(found))
        {
            throw new UnusableInputException(
                $"the emulated NIC is not built: {found} is missing; './netpolnic demo' or 'make -C interop/emunic' builds it");
        }

        string path = Path.GetFullPath(found);
        return IsWorldWritableAbove(path) ? CopyToPrivateFolder(path) : path;
    }

    private static string Search(string from)
    {
        for (DirectoryInfo? folder = new(from); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "artifacts", "emunic", FileName);
            if (File.Exists(candidate))
            {
                return candidate;
            }
        }

        return Path.Combine("artifacts", "emunic", FileName);
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
        const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        string folder = Path.Combine("/run", $"netpolnic-{Environment.ProcessId}");
#pragma warning disable CA1416 // DPDK and its emulated NIC run on Linux only.
        Directory.CreateDirectory(folder, OwnerOnly);
#pragma warning restore CA1416
        string copy = Path.Combine(folder, FileName);
        File.Copy(path, copy, overwrite: true);
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        };
        return copy;
    }
}
