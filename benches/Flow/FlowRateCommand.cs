using System.Collections.Immutable;
using System.Globalization;
using Dpdk.Ethdev;
using Dpdk.Flow;
using NetPolNic.Agent.Emulation;
using NetPolNic.Offload.Capabilities;

namespace NetPolNic.Benches.Flow;

/// <summary>
/// Creates and destroys the same rules through the bindings and by a loop in C, in one process on one port of the emulated
/// NIC, in turns, and gives the median over the rounds of the ratio in a round. Times are those of the thread on a CPU: what
/// else runs on the machine counts only by what it does to caches. The collections that the loop causes run on this thread.
/// </summary>
internal static unsafe class FlowRateCommand
{
    public const string Name = "flow";

    private const int Rounds = 21;
    private const uint FirstAddress = 0x0a000000;
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(2);
    private static readonly int[] s_sizes = [100, 1000, 4000];
    private static readonly ImmutableArray<FlowAction> s_actions = [new CountAction(), new DropAction()];

    /// <summary>Prints a row per number of rules.</summary>
    public static int Run()
    {
        delegate* unmanaged<ushort, uint, uint, void**, int> loop = FlowLoopLibrary.Load();
        string arguments = NicProfiles.Load("mlx5").ToEmunicArgs();
        using EthPort port = EmulatedEal.Instance.AttachVdev("net_emunic_flow", arguments);
        port.Configure(new EthPortOptions(), EmulatedEal.Pool);
        port.Start();
        Console.WriteLine("create + destroy, thousand rules per second of CPU time: medians over the rounds; the ratio is that of a round");
        Console.WriteLine("    rules        C      bindings   bindings / C   allocated/rule");
        foreach (int size in s_sizes)
        {
            Compare(port, loop, size);
        }

        return 0;
    }

    private static void Compare(EthPort port, delegate* unmanaged<ushort, uint, uint, void**, int> loop, int size)
    {
        FlowSpec[] specs = [.. Enumerable.Range(0, size).Select(SpecOf)];
        FlowRule[] rules = new FlowRule[size];
        nint[] handles = new nint[size];
        List<double> native = [];
        List<double> bindings = [];
        List<double> ratios = [];
        int repeat = Math.Max(1, 4000 / size);

        // The code is at its last tier after this; on a busy machine that takes longer by the clock on the wall.
        for (TimeSpan start = ThreadClock.Now; ThreadClock.Now - start < s_warmUp;)
        {
            Managed(port.Flow, specs, rules);
        }

        for (int round = 0; round < Rounds; round++)
        {
            // Short slices of both in turns, so that what else the machine does falls on both.
            TimeSpan first = TimeSpan.Zero;
            TimeSpan second = TimeSpan.Zero;
            for (int i = 0; i < repeat; i++)
            {
                first += Time(() => Native(port.Id, loop, handles));
                second += Time(() => Managed(port.Flow, specs, rules));
            }

            native.Add(repeat * size / first.TotalSeconds);
            bindings.Add(repeat * size / second.TotalSeconds);
            ratios.Add(first / second);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        Managed(port.Flow, specs, rules);
        long allocated = (GC.GetAllocatedBytesForCurrentThread() - before) / size;
        double c = Median(native);
        double net = Median(bindings);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{size,9} {c / 1e3,8:F0} {net / 1e3,13:F0} {Median(ratios),14:F3} {allocated,14} B"));
    }

    private static TimeSpan Time(Action run)
    {
        TimeSpan start = ThreadClock.Now;
        run();
        return ThreadClock.Now - start;
    }

    private static void Native(ushort ethPortId, delegate* unmanaged<ushort, uint, uint, void**, int> loop, nint[] handles)
    {
        fixed (nint* room = handles)
        {
            int result = loop(ethPortId, FirstAddress, (uint)handles.Length, (void**)room);
            if (result != 0)
            {
                throw new InvalidOperationException(FormattableString.Invariant($"the loop in C failed: {result}"));
            }
        }
    }

    private static void Managed(FlowApi flow, FlowSpec[] specs, FlowRule[] rules)
    {
        for (int i = 0; i < specs.Length; i++)
        {
            FlowInstallResult result = flow.Create(specs[i]);
            rules[i] = result.Rule ?? throw new InvalidOperationException($"refused: {result.Rejection}");
        }

        foreach (FlowRule rule in rules)
        {
            if (flow.Destroy(rule) is { } rejection)
            {
                throw new InvalidOperationException($"not destroyed: {rejection}");
            }
        }
    }

    // One list for all, as rules of one template have it.
    private static FlowSpec SpecOf(int index) => new(
        new FlowAttr(Priority: 1),
        [
            new EthItem(),
            new Ipv4Item(Dst: FieldMatch.Exact(FirstAddress + (uint)index)),
            new TcpItem(DstL4Port: FieldMatch.Exact<ushort>(80)),
        ],
        s_actions);

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }
}
