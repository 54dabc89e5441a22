using System.Globalization;
using Dpdk.Eal;
using Dpdk.Ethdev;
using Dpdk.Mbuf;
using NetPolNic.Agent.Emulation;
using NetPolNic.Agent.Hosting;
using NetPolNic.Agent.Packets;
using NetPolNic.Benches.Datapath;
using NetPolNic.Fallback;
using NetPolNic.Fallback.Switching;
using NetPolNic.Fallback.Worker;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Benches.Loop;

/// <summary>
/// How long rounds of the poll loop take while the process allocates 500 MB/s and publishes 1 000 snapshots a second: the
/// library's loop and the one of this runtime in turn, on one port that gives packets without end.
/// </summary>
internal static class LoopStallsCommand
{
    /// <summary>The command's name.</summary>
    public const string Name = "loop-stalls";

    private const int Rounds = 3;
    private const int Flows = 512;
    private const int FrameBytes = 60;
    private static readonly double[] s_shares = [0.5, 0.99, 0.9999];

    /// <summary>Measures and prints a table.</summary>
    /// <param name="arguments">Seconds of each measurement, or nothing.</param>
    public static int Run(string[] arguments)
    {
        int seconds = arguments.Length == 0 ? 5 : int.Parse(arguments[0], CultureInfo.InvariantCulture);
        PolicySet set = SyntheticSets.Of(1000, 1);
        string traffic = Path.Combine(Path.GetTempPath(), $"npn-stalls-{Environment.ProcessId}.pcap");
        PcapFile.Write(traffic, FramesOf(set));
        EalOptions options = new()
        {
            ProgramName = Name,
            FilePrefix = $"npn-stalls-{Environment.ProcessId}",
            NoHuge = true,
            Lcores = [Environment.ProcessorCount - 1],
            Vdevs = [$"net_pcap0,rx_pcap={traffic},infinite_rx=1", "net_null1,no-rx=1"],
            LogLevel = "*:error",
        };
        try
        {
            using DpdkEal eal = DpdkEal.Start(options);
            Mempool pool = eal.CreatePktMbufPool("stalls", 8191);
            SwitchPort[] ports = [Open(eal, "net_pcap0", PortRole.Uplink, pool), Open(eal, "net_null1", PortRole.Pod, pool)];
            Console.WriteLine(
                $"{Rounds} rounds of {seconds} s each, in turn; loop on CPU {Environment.ProcessorCount - 1} of {Environment.ProcessorCount}; " +
                "time from one poll to the next, µs");
            Console.WriteLine("| loop | churn | Mpps | p50 | p99 | p99.99 | max | rounds > 1 ms | > 5 ms | collections (process / loop) | swaps/s |");
            Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|");
            for (int round = 0; round < Rounds; round++)
            {
                foreach (bool churns in (bool[])[false, true])
                {
                    Measure(null, churns, set, pool, ports, seconds);
                    Measure(FastPath.Library, churns, set, pool, ports, seconds);
                }
            }

            foreach (SwitchPort port in ports)
            {
                port.Port.Close();
            }
        }
        finally
        {
            File.Delete(traffic);
            EalRuntimeFolder.Remove(options.FilePrefix);
        }

        return 0;
    }

    private static void Measure(
        FastPathLibrary? library, bool churns, PolicySet set, Mempool pool, SwitchPort[] ports, int seconds)
    {
        FallbackOptions options = new()
        {
            Library = library,
            Cpu = Environment.ProcessorCount - 1,
            IdlePollsBeforeWait = 0,
            ConnectionCapacity = 1 << 16,
            MeasuresRounds = true,
        };
        using FallbackDataPath dataPath = new(options, pool, ports);
        PolicySnapshot[] snapshots =
        [
            .. Enumerable.Range(2, 2).Select(other => new PolicySnapshot(
                other, [SyntheticSets.Endpoint(1, set), SyntheticSets.Endpoint(other, SyntheticSets.Of(10, other))], [])),
        ];
        dataPath.Publish(snapshots[0]);
        int ownCollections = library?.Collections ?? 0;
        dataPath.Start();
        LoopChurn.Report done = LoopChurn.Run(dataPath, snapshots, TimeSpan.FromSeconds(seconds), churns);
        RoundSummary rounds = dataPath.ReadRounds(s_shares);
        (long millis, long fives) = (dataPath.CountRoundsAbove(1_000), dataPath.CountRoundsAbove(5_000));
        dataPath.Stop();
        FallbackCounters counters = dataPath.ReadCounters();
        double mpps = counters.RxPkts / 1e6 / seconds;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {(library is null ? "this runtime" : "library")} | {(churns ? "yes" : "no")} | {mpps:F2} | {rounds.Microseconds[0]:F1} | " +
            $"{rounds.Microseconds[1]:F1} | {rounds.Microseconds[2]:F0} | {rounds.MaxMicroseconds:F0} | {millis} | {fives} | " +
            $"{done.Collections} / {(library is null ? "the same" : $"{library.Collections - ownCollections}")} | {done.Swaps / seconds} |"));
        if (counters.Decisions.Values.Aggregate(0UL, (sum, count) => sum + count) != counters.RxPkts)
        {
            throw new InvalidOperationException("packets were dropped that the policy allows: this measured something else");
        }
    }

    private static SwitchPort Open(DpdkEal eal, string name, PortRole role, Mempool pool)
    {
        EthPort port = eal.FindPort(name) ?? throw new InvalidOperationException($"there is no port {name}");
        port.Configure(new EthPortOptions(), pool);
        port.Start();
        return new SwitchPort(port, role);
    }

    /// <summary>TCP packets of allowed connections to the one pod.</summary>
    private static IEnumerable<byte[]> FramesOf(PolicySet set)
    {
        IpAddr pod = SyntheticSets.Endpoint(1, set).Addresses[0];
        AllowRule rule = set.Rules[0];
        L4PortRange open = rule.Ports.Ranges[0];
        for (int i = 0; i < Flows; i++)
        {
            IpAddr peer = rule.Peers.Prefixes[i % rule.Peers.Prefixes.Length].Addr;
            byte[] frame = LoopFrames.Tcp(peer, pod, (ushort)(1024 + i), open.First, FrameBytes);
            yield return frame;
        }
    }
}
