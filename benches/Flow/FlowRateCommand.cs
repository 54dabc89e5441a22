using System.Diagnostics;
using System.Globalization;
using Dpdk.Ethdev;
using Dpdk.Flow;
using NetPolNic.Agent.Emulation;
using NetPolNic.Offload.Capabilities;

namespace NetPolNic.Benches.Flow;

/// <summary>
/// Creates and destroys the same rules through the bindings and by a loop in C, in one process on one port of the emulated
/// NIC, in turns, and compares the medians.
/// </summary>
internal static unsafe class FlowRateCommand
{
    public const string Name = "flow";

    private const int Rounds = 21;
    private const uint FirstAddress = 0x0a000000;
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(2);
    private static readonly int[] s_sizes = [100, 1000, 4000];

    /// <summary>Prints a row per number of rules.</summary>
    public static int Run()
    {
        delegate* unmanaged<ushort, uint, uint, void**, int> loop = FlowLoopLibrary.Load();
        string arguments = NicProfiles.Load("mlx5").ToEmunicArgs();
        using EthPort port = EmulatedEal.Instance.AttachVdev("net_emunic_flow", arguments);
        port.Configure(new EthPortOptions(), EmulatedEal.Pool);
        port.Start();
        Console.WriteLine("create + destroy, thousand rules/s, median of rounds taken in turns");
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
        int repeat = Math.Max(1, 4000 / size);

        // The code is at its last tier after this, also on a busy machine.
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < s_warmUp;)
        {
            Managed(port.Flow, specs, rules);
        }

        for (int round = 0; round < Rounds; round++)
        {
            double first = Time(() => Native(port.Id, loop, handles), repeat, size);
            double second = Time(() => Managed(port.Flow, specs, rules), repeat, size);
            native.Add(first);
            bindings.Add(second);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        Managed(port.Flow, specs, rules);
        long allocated = (GC.GetAllocatedBytesForCurrentThread() - before) / size;
        double c = Median(native);
        double net = Median(bindings);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{size,9} {c / 1e3,8:F0} {net / 1e3,13:F0} {net / c,14:F3} {allocated,14} B"));
    }

    private static double Time(Action run, int repeat, int size)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < repeat; i++)
        {
            run();
        }

        return (double)repeat * size / Stopwatch.GetElapsedTime(start).TotalSeconds;
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

    private static FlowSpec SpecOf(int index) => new(
        new FlowAttr(Priority: 1),
        [
            new EthItem(),
            new Ipv4Item(Dst: FieldMatch.Exact(FirstAddress + (uint)index)),
            new TcpItem(DstL4Port: FieldMatch.Exact<ushort>(80)),
        ],
        [new CountAction(), new DropAction()]);

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }
}
