using Dpdk.Errors;

namespace Dpdk.Abi;

/// <summary>
/// One ABI of DPDK that this binding was checked against. Structures in <c>Raw/</c> are those of 22.11; what the
/// fast path reads directly is listed here. An ABI is added only together with a run of <c>abi_probe.c</c> on it.
/// </summary>
/// <param name="Release">Year and month, as rte_version() begins: "22.11".</param>
/// <param name="SoVersion">Suffix of the SONAMEs: "23" for librte_eal.so.23.</param>
/// <param name="FpOpsSize">Bytes of one rte_eth_fp_ops.</param>
/// <param name="RxBurstOffset">Offset of rx_pkt_burst in it, in bytes.</param>
/// <param name="RxDataOffset">Offset of rxq.data.</param>
/// <param name="TxBurstOffset">Offset of tx_pkt_burst.</param>
/// <param name="TxDataOffset">Offset of txq.data.</param>
/// <param name="MaxLcore">RTE_MAX_LCORE of Debian's build: threads with a lower id have mempool caches.</param>
public sealed record DpdkAbi(
    string Release,
    string SoVersion,
    int FpOpsSize,
    int RxBurstOffset,
    int RxDataOffset,
    int TxBurstOffset,
    int TxDataOffset,
    uint MaxLcore)
{
    /// <summary>The ABIs that are known, oldest first.</summary>
    public static IReadOnlyList<DpdkAbi> Known { get; } =
    [
        new(
            "22.11",
            "23",
            FpOpsSize: 128,
            RxBurstOffset: 0,
            RxDataOffset: 24,
            TxBurstOffset: 64,
            TxDataOffset: 88,
            MaxLcore: 128),
    ];

    /// <summary>The ABI in use. One is known, so it is that; loading refuses any other.</summary>
    internal static DpdkAbi Current => Known[0];

    /// <summary>Finds the ABI of a DPDK by its version string.</summary>
    /// <param name="rteVersion">What rte_version() returned, e.g. "DPDK 22.11.11".</param>
    /// <exception cref="DpdkAbiException">The version is not known.</exception>
    public static DpdkAbi ForVersion(string rteVersion)
    {
        ArgumentNullException.ThrowIfNull(rteVersion);
        foreach (DpdkAbi abi in Known)
        {
            string prefix = "DPDK " + abi.Release;
            if (rteVersion == prefix || rteVersion.StartsWith(prefix + ".", StringComparison.Ordinal))
            {
                return abi;
            }
        }

        throw DpdkAbiException.ForVersion(rteVersion);
    }
}
