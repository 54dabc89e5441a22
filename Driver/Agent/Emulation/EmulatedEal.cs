using System.Globalization;
using Dpdk.Eal;
using Dpdk.Mbuf;
using NetPolNic.Agent.Hosting;

namespace NetPolNic.Agent.Emulation;

/// <summary>EAL for the emulated node: once per process, without PCI devices, hugepages not required.</summary>
internal static class EmulatedEal
{
    private static readonly Lock s_gate = new();
    private static DpdkEal? s_eal;
    private static Mempool? s_pool;

    /// <summary>Starts EAL with the emulated NIC's driver on first use.</summary>
    public static DpdkEal Instance
    {
        get
        {
            lock (s_gate)
            {
                return s_eal ??= Start();
            }
        }
    }

    /// <summary>The packet pool that every emulated node of the process shares.</summary>
    public static Mempool Pool
    {
        get
        {
            lock (s_gate)
            {
                return s_pool ??= Instance.CreatePktMbufPool("emulated", 8191);
            }
        }
    }

    private static DpdkEal Start() => AgentEal.Start(emulate: true, drivers => new EalOptions
    {
        ProgramName = "netpolnic",
        FilePrefix = string.Create(CultureInfo.InvariantCulture, $"netpolnic-{Environment.ProcessId}"),
        NoHuge = true,
        InMemory = true,
        MemoryMiB = 256,
        NoPci = true,
        DriverPaths = drivers,
        LogLevel = "*:error",
    });
}
