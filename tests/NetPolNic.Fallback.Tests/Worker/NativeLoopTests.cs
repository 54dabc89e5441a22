using System.Reflection;
using NetPolNic.Fallback.Conntrack;
using NetPolNic.Fallback.Decision;
using NetPolNic.Fallback.Tests.Rig;
using NetPolNic.Fallback.Worker;
using NetPolNic.Policy.Model;

namespace NetPolNic.Fallback.Tests.Worker;

/// <summary>The library with the poll loop: the same sources, another runtime.</summary>
[Collection(nameof(DpdkTests))]
public sealed class NativeLoopTests(DpdkFixture dpdk)
{
    private const int PatienceMs = 20_000;
    private const byte Syn = 0x02;

    [Fact]
    public void Agrees_with_this_build_on_every_size()
    {
        Assert.Equal(LoopAbi.Names.Length, LoopAbi.Names.Distinct().Count());
        Assert.All(Enumerable.Range(0, LoopAbi.Names.Length), i => Assert.True(LoopAbi.SizeAt(i) > 0, LoopAbi.Names[i]));
        Assert.Equal(-1, LoopAbi.SizeAt(LoopAbi.Names.Length));
        Assert.EndsWith(FastPathLibrary.FileName, Native.Library.Path, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_what_is_not_the_library()
    {
        string other = Path.GetTempFileName();
        try
        {
            File.WriteAllText(other, "no library");
            Assert.Contains("missing", Refusal("/nonexistent/x.so"), StringComparison.Ordinal);
            Assert.Contains("cannot be loaded", Refusal(other), StringComparison.Ordinal);
            Assert.Contains("npn_fastpath_abi_version", Refusal("/lib/x86_64-linux-gnu/libm.so.6"), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(other);
        }
    }

    [Fact]
    public void Hands_every_option_over()
    {
        // What the control side alone uses.
        string[] kept = ["ClockMs", "Cpu", "Cpus", "Library", "MeasuresRounds"];
        FallbackOptions options = new();
        int value = 3;
        foreach (PropertyInfo property in AllOf(typeof(FallbackOptions)).Where(p => !kept.Contains(p.Name)))
        {
            value++;
            if (property.PropertyType == typeof(int) || property.PropertyType == typeof(ushort))
            {
                property.SetValue(options, Convert.ChangeType(value, property.PropertyType, null));
            }
            else if (property.PropertyType == typeof(bool))
            {
                property.SetValue(options, !(bool)property.GetValue(options)!);
            }
            else if (property.PropertyType == typeof(ConnectionTimeouts))
            {
                Array.ForEach(
                    [.. AllOf(typeof(ConnectionTimeouts)).Where(p => p.PropertyType == typeof(int))],
                    p => p.SetValue(options.Timeouts, value += 1));
            }
            else
            {
                Assert.Equal(typeof(EstablishedMode), property.PropertyType);
                property.SetValue(options, EstablishedMode.Keep);
            }
        }

        Assert.True(value > 20);
        Assert.Equal(options, LoopDimensions.Of(options).ToOptions() with { Cpus = options.Cpus });
    }

    [Fact]
    public void Says_what_its_loop_refuses()
    {
        LoopFaultException fault = Assert.Throws<LoopFaultException>(
            () => new SwitchRig(dpdk, Native.Small with { ConnectionCapacity = -1 }));
        Assert.Contains("ArgumentOutOfRangeException", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Runs_by_no_other_clock_than_its_own()
    {
        using SwitchRig rig = new(dpdk, Native.Small);
        Assert.Throws<InvalidOperationException>(rig.DataPath.Start);
        Assert.Equal(WorkerState.Created, rig.DataPath.State);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Decides_and_switches_like_the_loop_of_this_runtime(int seed)
    {
        // Room for all fragments: which of them makes room goes by each loop's own random seed.
        const int Fragments = 4096;
        List<string> here = Replay(EngineRig.Small with { FragmentCapacity = Fragments }, seed);
        List<string> there = Replay(Native.Small with { FragmentCapacity = Fragments }, seed);
        Assert.Contains(here, line => line.Contains("IngressDenied", StringComparison.Ordinal));
        Assert.Contains(here, line => line.EndsWith(" 0", StringComparison.Ordinal));
        Assert.Equal(here, there);
    }

    [Fact]
    public void Starts_forwards_traces_and_stops_again_and_again()
    {
        for (int round = 0; round < 20; round++)
        {
            // Every other one naps at once, without end but for what wakes it.
            FallbackOptions options = Native.Small with { IdlePollsBeforeWait = round % 2, IdleWaitMs = round % 4 == 1 ? -1 : 1 };
            using SwitchRig rig = Ready(options);
            rig.DataPath.Start();
            Assert.Equal(
                DecisionKind.NewAllowed,
                rig.DataPath.Trace(new FallbackProbe(IpAddr.Parse("10.9.0.1"), IpAddr.Parse(RandomFrames.Pod), 6, 9, 80, Syn)).Decision.Kind);
            if (options.IdleWaitMs > 0)
            {
                rig.Put(SwitchRig.Uplink, FrameBuilder.Ip("10.9.0.1", RandomFrames.Pod).Tcp(1, 80).Build());
                Assert.True(SpinWait.SpinUntil(() => rig.TakeAll(SwitchRig.SharedPort).Count > 0, PatienceMs), State(rig));
                Assert.Equal(1, rig.DataPath.ConnectionCount);
            }

            Assert.Throws<InvalidOperationException>(() => rig.DataPath.PollOnce());
            rig.DataPath.Stop();
            Assert.Equal(WorkerState.Stopped, rig.DataPath.State);
            Assert.Null(rig.DataPath.Fault);
            Assert.Equal((0L, 0L), rig.DataPath.HeapUse);
        }
    }

    [Fact]
    public void Allocates_and_collects_nothing_while_this_runtime_does_both_and_policies_change()
    {
        using SwitchRig rig = Ready(Native.Small with { IdlePollsBeforeWait = 0 });
        int collections = Native.Library.Collections;
        int before = GC.CollectionCount(0);
        rig.DataPath.Start();
        object?[] kept = new object?[64];
        int delivered = 0;
        for (int i = 0; i < 2_000; i++)
        {
            rig.With(Snapshots.Pod(RandomFrames.Pod, Snapshots.Allow($"0.0.0.0/0 : tcp/80 udp/{1 + (i % 100)}")));
            for (int j = 0; j < 16; j++)
            {
                kept[((i * 16) + j) % kept.Length] = new byte[16 * 1024];
            }

            rig.Put(SwitchRig.Uplink, FrameBuilder.Ip("10.9.0.1", RandomFrames.Pod).Tcp(1 + (i % 512), 80).Build());
            delivered += rig.TakeAll(SwitchRig.SharedPort).Count;
            rig.TakeAll(SwitchRig.PodPort);
        }

        GC.KeepAlive(kept);
        Assert.True(GC.CollectionCount(0) > before, "this runtime has not collected: the test shows nothing");
        Assert.True(
            SpinWait.SpinUntil(() => (delivered += rig.TakeAll(SwitchRig.SharedPort).Count) == 2_000, PatienceMs),
            $"{delivered} delivered; {State(rig)}");
        rig.DataPath.Stop();
        Assert.Equal(collections, Native.Library.Collections);
        Assert.Equal((0L, 0L), rig.DataPath.HeapUse);
    }

    private static IEnumerable<PropertyInfo> AllOf(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance).Where(p => p.CanWrite);

    private static string Refusal(string path) => Assert.Throws<FastPathException>(() => FastPathLibrary.Load(path)).Message;

    private static string State(SwitchRig rig) =>
        $"{rig.DataPath.State} {rig.DataPath.Fault} rx {rig.Counters.RxPkts} polls {rig.Counters.Polls} " +
        string.Join(' ', rig.Counters.Drops.Where(entry => entry.Value > 0));

    private List<string> Replay(FallbackOptions options, int seed)
    {
        RandomFrames frames = new(seed);
        using SwitchRig rig = new SwitchRig(dpdk, options).With(Snapshots.Pod(RandomFrames.OpenPod), Guarded("tcp/80 udp/80"));
        List<string> lines = [];
        for (int i = 0; i < 600; i++)
        {
            if (i % 200 == 199)
            {
                rig.With(Snapshots.Pod(RandomFrames.OpenPod), Guarded(i % 400 == 199 ? "tcp/81" : "udp/80"));
            }

            (int port, byte[] frame) = frames.Next();
            rig.NowMs += 7;
            lines.Add($"{i}: {rig.Send(port, frame)}");
        }

        lines.AddRange(rig.Counters.Drops.Select(entry => $"{entry.Key} {entry.Value}"));
        lines.AddRange(rig.Counters.Decisions.Select(entry => $"{entry.Key} {entry.Value}"));
        lines.Add($"{rig.DataPath.ConnectionCount} of {rig.DataPath.ConnectionCapacity}");
        return lines;
    }

    private static Policy.Resolve.LocalEndpoint Guarded(string ports) =>
        Snapshots.Pod(RandomFrames.Pod, Snapshots.Allow($"0.0.0.0/0 : {ports}"));

    private SwitchRig Ready(FallbackOptions options) => new SwitchRig(dpdk, options, hasClock: false).With(Guarded("tcp/80"));
}
