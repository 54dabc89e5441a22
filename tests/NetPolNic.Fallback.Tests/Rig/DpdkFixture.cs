using System.Runtime.InteropServices;
using Dpdk.Eal;
using Dpdk.Ethdev;
using Dpdk.Mbuf;

namespace NetPolNic.Fallback.Tests.Rig;

/// <summary>
/// EAL, started once, with three net_ring ports of which the tests hold the other ends. No hugepages, no PCI.
/// </summary>
public sealed unsafe partial class DpdkFixture : IDisposable
{
    public const int PortCount = 3;
    public const int TxRingEntries = 64;

    public DpdkFixture()
    {
        Eal = DpdkEal.Start(new EalOptions
        {
            ProgramName = "netpolnic-fallback-tests",
            FilePrefix = $"netpolnic-fallback-{Environment.ProcessId}",
            NoHuge = true,
            MemoryMiB = 128,
            LogLevel = "*:error",
        });
        Pool = Eal.CreatePktMbufPool("fallback", 4095, cache: 64);
        SmallPool = Eal.CreatePktMbufPool("fallback-small", 63, cache: 0);
        for (int i = 0; i < PortCount; i++)
        {
            RteRing towards = Eal.CreateRing($"towards{i}", 1024);
            RteRing from = Eal.CreateRing($"from{i}", TxRingEntries, RingFlags.ExactSize);
            Ports.Add(MakePort($"fallback{i}", towards, from));
            Towards.Add(towards);
            From.Add(from);
        }
    }

    public DpdkEal Eal { get; }

    /// <summary>Where the tests' packets come from.</summary>
    public Mempool Pool { get; }

    /// <summary>A pool that a test may use up.</summary>
    public Mempool SmallPool { get; }

    internal List<EthPort> Ports { get; } = [];

    /// <summary>What is put in here is received by the port.</summary>
    internal List<RteRing> Towards { get; } = [];

    /// <summary>What the port sends comes out here.</summary>
    internal List<RteRing> From { get; } = [];

    public void Dispose() => Eal.Dispose();

    private EthPort MakePort(string name, RteRing towards, RteRing from)
    {
        void* rx = towards.Handle;
        void* tx = from.Handle;
        fixed (byte* text = System.Text.Encoding.ASCII.GetBytes(name + "\0"))
        {
            int id = rte_eth_from_rings(text, &rx, 1, &tx, 1, 0);
            Assert.True(id >= 0, $"rte_eth_from_rings gave {id}");
        }

        EthPort port = Eal.FindPort("net_ring_" + name) ?? throw new InvalidOperationException("no port");
        port.Configure(new EthPortOptions { RxDescriptors = 256, TxDescriptors = 256 }, Pool);
        port.Start();
        return port;
    }

    // rte_eth_ring.h; the driver is loaded by EAL, so its SONAME is enough.
    [LibraryImport("librte_net_ring.so.23")]
    private static partial int rte_eth_from_rings(
        byte* name, void** rxQueues, uint rxCount, void** txQueues, uint txCount, uint numaNode);
}
