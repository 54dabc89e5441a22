using Dpdk.Eal;
using NetPolNic.Agent.Emulation;

namespace NetPolNic.Agent.Hosting;

/// <summary>Starts EAL and leaves nothing behind in the file system, however the process ends later.</summary>
internal static class AgentEal
{
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
