using System.Globalization;
using Dpdk.Eal;
using NetPolNic.Benches.Datapath.Traffic;

namespace NetPolNic.Benches.Datapath.Contestants;

/// <summary>
/// What all DPDK processes of a measurement have in common: no NIC, nothing shared, the same two ports that replay the
/// traffic without end and drop what is sent, buffers of one size, and hugepages for all or for none.
/// </summary>
internal static class DpdkArguments
{
    private const int Headroom = 128;
    private const int MbufBytes = 192;
    private const int InFlight = 8191;
    private const int MiB = 1 << 20;

    /// <summary>How the names of sockets end.</summary>
    public const string SocketEnding = ".sock";

    /// <summary>Whether the processes use hugepages.</summary>
    public static bool UseHugepages { get; set; }

    /// <summary>Buffer of one packet, headroom included.</summary>
    public static int DataRoom(TrafficFiles traffic) => Headroom + Math.Max(128, (traffic.MaxFrameBytes + 63) & ~63);

    /// <summary>Packets that are kept for replay, and those under way.</summary>
    public static int Mbufs(TrafficFiles traffic) => traffic.Frames + InFlight;

    /// <summary>The ports: to files, or to sockets of a <see cref="FedContestant"/>'s feeder.</summary>
    public static string[] Vdevs(TrafficFiles traffic) => [.. Files(traffic).Select(Vdev)];

    /// <summary>Names of the ports.</summary>
    public static string[] Names(TrafficFiles traffic) => [.. Vdevs(traffic).Select(vdev => vdev.Split(',')[0])];

    /// <summary>A port of shared memory.</summary>
    /// <param name="role">Server or client.</param>
    /// <param name="index">Which of the two.</param>
    /// <param name="socket">Path of the socket, which the server makes.</param>
    public static string Memif(string role, int index, string socket) => string.Create(
        CultureInfo.InvariantCulture, $"net_memif{index},role={role},id={index},socket={socket},socket-abstract=no");

    /// <summary>Memory for packets and, where DPDK holds them, for tables.</summary>
    public static int MemoryMiB(TrafficFiles traffic, int tablesMiB = 0) =>
        96 + tablesMiB + (int)((long)Mbufs(traffic) * (DataRoom(traffic) + MbufBytes + 24) / MiB * 105 / 100);

    /// <summary>EAL's options for a process that EAL starts in.</summary>
    public static EalOptions ToOptions(TrafficFiles traffic) => new()
    {
        ProgramName = "bench-data-path",
        MemoryMiB = MemoryMiB(traffic),
        NoHuge = !UseHugepages,
        LogLevel = "*:error",
        Vdevs = Vdevs(traffic),
    };

    /// <summary>EAL's arguments for another program; its second lcore polls.</summary>
    public static IEnumerable<string> ToWords(
        TrafficFiles traffic, string filePrefix, int cpu, int tablesMiB = 0, string[]? vdevs = null) =>
    [
        .. ToWords(filePrefix, cpu, MemoryMiB(traffic, tablesMiB)),
        .. (vdevs ?? Vdevs(traffic)).Select(vdev => $"--vdev={vdev}"),
    ];

    /// <summary>The same without ports.</summary>
    public static IEnumerable<string> ToWords(string filePrefix, int cpu, int memoryMiB) =>
    [
        "--no-pci",
        UseHugepages ? "--in-memory" : "--no-huge",
        .. UseHugepages ? Array.Empty<string>() : ["--no-shconf"],
        "--no-telemetry",
        "-m", memoryMiB.ToString(CultureInfo.InvariantCulture),
        "--lcores", string.Create(CultureInfo.InvariantCulture, $"0@{OtherCpu(cpu)},1@{cpu}"),
        $"--file-prefix={filePrefix}",
        "--force-max-simd-bitwidth=512",
        "--log-level=*:error",
    ];

    private static string[] Files(TrafficFiles traffic) => [traffic.UplinkPcap, traffic.PodPcap];

    private static string Vdev(string file, int index) => file.EndsWith(SocketEnding, StringComparison.Ordinal)
        ? Memif("client", index, file)
        : string.Create(CultureInfo.InvariantCulture, $"net_pcap{index},rx_pcap={file},infinite_rx=1");

    /// <summary>A CPU that is not the measured one.</summary>
    public static int OtherCpu(int cpu) => cpu == 0 ? Math.Min(1, Environment.ProcessorCount - 1) : 0;
}
