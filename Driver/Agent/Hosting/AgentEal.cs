using Dpdk.Eal;
using NetPolNic.Agent.Emulation;

namespace NetPolNic.Agent.Hosting;

/// <summary>Starts EAL and leaves nothing behind in the file system, however the process ends later.</summary>
internal static class AgentEal
{
    /// <summary>
    /// What EAL is started with: it sees the PCI devices that the options name and no other. Without an allow list EAL
    /// takes every NIC of the node that one of its drivers knows.
    /// </summary>
    /// <param name="options">Options without problems.</param>
    /// <param name="drivers">Driver libraries to load.</param>
    public static EalOptions OptionsOf(AgentOptions options, IReadOnlyList<string> drivers)
    {
        IEnumerable<DpdkDevice> devices = options.AllDevices().Select(DpdkDevice.Of);
        string[] pci = [.. devices.Where(device => device.IsPci).Select(device => device.AllowEntry)];
        return new EalOptions
        {
            ProgramName = "netpolnic",
            FilePrefix = options.FilePrefix,
            InMemory = true,
            MemoryMiB = options.MemoryMiB,
            NoPci = pci.Length == 0,
            PciDevices = pci,
            Lcores = [options.Cpus()[0]],
            DriverPaths = drivers,
            LogLevel = "*:warning",
        };
    }

    /// <summary>Starts EAL, with the emulated NIC's driver where asked for.</summary>
    /// <param name="emulate">Whether the emulated NIC is needed.</param>
    /// <param name="options">Makes the options, given the drivers to load.</param>
    public static DpdkEal Start(bool emulate, Func<IReadOnlyList<string>, EalOptions> options)
    {
        string? driver = emulate ? EmunicLibrary.Locate() : null;
        EalOptions chosen = options(driver is null ? [] : [driver]);
        try
        {
            return DpdkEal.Start(chosen);
        }
        finally
        {
            if (driver is not null)
            {
                EmunicLibrary.Release(driver);
            }

            EalRuntimeFolder.Remove(chosen.FilePrefix);
        }
    }
}
