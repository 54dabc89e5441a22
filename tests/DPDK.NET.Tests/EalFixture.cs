using Dpdk.Eal;
using Dpdk.Ethdev;
using Dpdk.Mbuf;

[assembly: AssemblyFixture(typeof(DPDK.NET.Tests.EalFixture))]

// EAL is one per process and its ports and pools are shared state.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace DPDK.NET.Tests;

/// <summary>
/// EAL, started once for the assembly: no hugepages, no PCI, one net_null device from the command line.
/// </summary>
public sealed class EalFixture : IDisposable
{
    public EalFixture()
    {
        LogFile = Path.Combine(AppContext.BaseDirectory, $"dpdk-{Environment.ProcessId}.log");
        Options = new EalOptions
        {
            ProgramName = "dpdk-net-tests",
            FilePrefix = $"dpdk-net-tests-{Environment.ProcessId}",
            NoHuge = true,
            MemoryMiB = 128,
            Vdevs = ["net_null7"],
            LogFile = LogFile,
        };
        Eal = DpdkEal.Start(Options);
        Pool = Eal.CreatePktMbufPool("tests", 2047, cache: 64);
    }

    public EalOptions Options { get; }

    public DpdkEal Eal { get; }

    public Mempool Pool { get; }

    public string LogFile { get; }

    /// <summary>A started port on a new device; the caller detaches it.</summary>
    internal EthPort StartVdev(string name, string args, EthPortOptions? options = null)
    {
        EthPort port = Eal.AttachVdev(name, args);
        port.Configure(options ?? new EthPortOptions { RxDescriptors = 256, TxDescriptors = 256 }, Pool);
        port.Start();
        return port;
    }

    public void Dispose() => Eal.Dispose();
}
