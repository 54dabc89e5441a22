using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Dpdk.Eal;
using Dpdk.Ethdev;
using Dpdk.Mbuf;
using NetPolNic.Agent.Commands;
using NetPolNic.Agent.Emulation;
using NetPolNic.Benches.Datapath.Contestants;
using NetPolNic.Benches.Datapath.Traffic;
using NetPolNic.Fallback;
using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Switching;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Benches.Datapath.Loop;

/// <summary>
/// The measured process: the fallback's own loop, started as the agent starts it, between two ports that replay traffic
/// without end. Answers lines on its standard input and ends with it.
/// </summary>
internal static class LoopCommand
{
    public const string Name = "data-path-loop";

    private const int ReadingTries = 20;

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    /// <summary>Runs until the input ends or says "quit".</summary>
    public static int Run(LoopOptions options)
    {
        DpdkArguments.UseHugepages = options.Hugepages;
        EalOptions ealOptions = DpdkArguments.ToOptions(options.Traffic);
        using DpdkEal eal = DpdkEal.Start(ealOptions);
        try
        {
            Mempool pool = eal.CreatePktMbufPool(
                "packets", (uint)DpdkArguments.Mbufs(options.Traffic), dataRoom: (ushort)DpdkArguments.DataRoom(options.Traffic));
            SwitchPort[] ports =
            [
                new(Open(eal, DpdkArguments.Names(options.Traffic)[0], pool), PortRole.Uplink),
                new(Open(eal, DpdkArguments.Names(options.Traffic)[1], pool), PortRole.Pod),
            ];
            using PacedPorts? paced = options.PacedLibrary.Length > 0 ? new PacedPorts(options.PacedLibrary) : null;
            FallbackOptions fallbackOptions = new()
            {
                ConnectionCapacity = options.Connections,
                Cpu = options.Cpu,
                IdlePollsBeforeWait = 0,
            };
            if (options.IsNative)
            {
                LoopCode.UseNative(fallbackOptions);
            }

            using FallbackDataPath dataPath = new(fallbackOptions, pool, ports);
            dataPath.Publish(SnapshotOf(options, 1, 0));
            DpdkThread.KeepOthersOff([options.Cpu]);
            dataPath.Start();
            Console.WriteLine("ready");
            Serve(dataPath, paced, options);
            dataPath.Stop();
        }
        finally
        {
            EalRuntimeFolder.Remove(ealOptions.FilePrefix);
        }

        return 0;
    }

    /// <summary>The policy of a run: made up, or the user's.</summary>
    public static PolicySnapshot SnapshotOf(LoopOptions options, long generation, int variant)
    {
        if (options.Manifests.Length == 0)
        {
            return RuleSet.Of(options.Rules, options.Family).ToSnapshot(generation, variant);
        }

        ClusterState state = Inputs.Manifests(options.Manifests, Console.Error);
        string? node = options.Node.Length > 0 ? options.Node : null;
        return Inputs.Resolve(state, IsolationMode.Auto, node, TextWriter.Null) with { Generation = generation };
    }

    private static EthPort Open(DpdkEal eal, string name, Mempool pool)
    {
        EthPort port = eal.FindPort(name) ?? throw new InvalidOperationException($"there is no port {name}");
        port.Configure(new EthPortOptions(), pool);
        port.SetPromiscuous(true);
        port.Start();
        return port;
    }

    private static void Serve(FallbackDataPath dataPath, PacedPorts? paced, LoopOptions options)
    {
        using Churn churn = new(
            dataPath, () => [.. Enumerable.Range(2, 2).Select(i => SnapshotOf(options, i, i))]);
        while (Console.ReadLine()?.Split(' ') is { } words && words[0] != "quit")
        {
            object answer = words switch
            {
                ["read"] => Read(dataPath),
                ["pace", string pps] when paced is not null => paced.Set(double.Parse(pps, CultureInfo.InvariantCulture)),
                ["rounds"] when paced is not null => paced.Read(),
                ["churn", string swaps, string bytes] => churn.Start(
                    int.Parse(swaps, CultureInfo.InvariantCulture), long.Parse(bytes, CultureInfo.InvariantCulture)),
                ["calm"] => churn.Stop(),
                _ => new { Error = "unknown" },
            };
            Console.WriteLine(JsonSerializer.Serialize(answer, s_json));
        }
    }

    /// <summary>The loop counts on while its counters are read: of several readings the one that took least time counts.</summary>
    private static Reading Read(FallbackDataPath dataPath)
    {
        if (dataPath.Fault is { } fault)
        {
            throw new InvalidOperationException("the loop has ended", fault);
        }

        FallbackCounters counters = null!;
        long at = 0;
        long least = long.MaxValue;
        for (int i = 0; i < ReadingTries; i++)
        {
            long start = Stopwatch.GetTimestamp();
            FallbackCounters read = dataPath.ReadCounters();
            long span = Stopwatch.GetTimestamp() - start;
            if (span < least)
            {
                (least, at, counters) = (span, start + span, read);
            }
        }

        long ns = (long)(at * (1e9 / Stopwatch.Frequency));
        Dictionary<string, ulong> reasons = counters.Drops
            .Where(drop => drop.Key != DropReason.None)
            .ToDictionary(drop => drop.Key.ToString(), drop => drop.Value);
        ulong dropped = reasons.Values.Aggregate(0UL, (sum, count) => sum + count);
        return new Reading(ns, counters.RxPkts, dropped, counters.ConnectionsOpened, dataPath.PolicyMemoryBytes)
        {
            Reasons = reasons,
        };
    }
}
