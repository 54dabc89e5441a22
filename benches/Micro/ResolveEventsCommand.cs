using System.Diagnostics;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Benches.Micro;

/// <summary>
/// <c>resolve-events</c>: how long single events take the incremental resolver, with the tail that BenchmarkDotNet does not
/// show, over clusters of growing size; and time and memory of the first batch.
/// </summary>
internal static class ResolveEventsCommand
{
    public const string Name = "resolve-events";

    private const int WarmUpEvents = 2_000;
    private const int Events = 5_000;

    public static int Run()
    {
        Console.WriteLine($"{Environment.ProcessorCount} cores, .NET {Environment.Version}, load {Load()}");
        Warm();
        Console.WriteLine(
            $"{"wall (processor) seconds; MB",-62} |               full |        first batch |    objects |    resolver |    peak");
        FirstBatch(ClusterShape.Middle);
        FirstBatch(ClusterShape.Largest);
        Console.WriteLine();
        Console.WriteLine("one event -> snapshot, microseconds   |         |           wall            |        processor          | new");
        Console.WriteLine("                                      |    pods |  median     p99       max |  median     p99       max | snapshots");
        int[] sizes = [1_000, 3_000, 10_000, 30_000, 100_000];
        foreach (ClusterShape shape in sizes.Select(ClusterShape.OfPods).Append(ClusterShape.Largest))
        {
            Measure(shape);
        }

        Console.WriteLine($"load {Load()}");
        return 0;
    }

    private static void Warm()
    {
        ResolverEvents events = ResolverEvents.Start(SyntheticCluster.Create(ClusterShape.OfPods(1_000)));
        foreach ((_, Func<ResolverEvents, ClusterChanges> next) in Kinds())
        {
            for (int i = 0; i < WarmUpEvents; i++)
            {
                _ = events.Apply(next(events));
            }
        }
    }

    private static IEnumerable<(string Name, Func<ResolverEvents, ClusterChanges> Next)> Kinds() =>
    [
        ("label that no policy names", e => e.UnnamedLabel()),
        ("label of a large selection", e => e.NamedLabel()),
        ("label of a local pod", e => e.LocalLabel()),
        ("address in a large selection", e => e.NewAddress()),
        ("policy of a local pod", e => e.PolicyPort()),
    ];

    private static void FirstBatch(ClusterShape shape)
    {
        long empty = GC.GetTotalMemory(forceFullCollection: true);
        ClusterState state = SyntheticCluster.Create(shape);
        ClusterChanges changes = ClusterChanges.Of(state);
        long objects = GC.GetTotalMemory(forceFullCollection: true);

        int endpoints = 0;
        string fullTime = Timed(
            () => endpoints = new PolicyResolver().Resolve(state, SyntheticCluster.Node).Endpoints.Length);

        long before = GC.GetTotalMemory(forceFullCollection: true);
        IncrementalResolver resolver = new(IsolationMode.Auto, SyntheticCluster.Node);
        PolicySnapshot first = PolicySnapshot.Empty;
        string firstTime = Timed(() =>
        {
            resolver.Apply(changes);
            first = resolver.Resolve();
        });
        long after = GC.GetTotalMemory(forceFullCollection: true);
        if (first.Endpoints.Length != endpoints)
        {
            throw new UnreachableException("the two resolvers differ");
        }

        double peak = Process.GetCurrentProcess().PeakWorkingSet64 / 1e6;
        Console.WriteLine(FormattableString.Invariant(
            $"{shape,-62} | {fullTime,18} | {firstTime,18} | {(objects - empty) / 1e6,10:F0} | {(after - before) / 1e6,11:F0} | {peak,7:F0}"));
        GC.KeepAlive(state);
        GC.KeepAlive(resolver);
    }

    /// <summary>Wall and processor seconds: on a loaded machine only the second says what the work costs.</summary>
    private static string Timed(Action work)
    {
        TimeSpan cpu = Process.GetCurrentProcess().TotalProcessorTime;
        long start = Stopwatch.GetTimestamp();
        work();
        double wall = Stopwatch.GetElapsedTime(start).TotalSeconds;
        cpu = Process.GetCurrentProcess().TotalProcessorTime - cpu;
        return FormattableString.Invariant($"{wall:F3} ({cpu.TotalSeconds:F3})");
    }

    private static void Measure(ClusterShape shape)
    {
        ResolverEvents events = ResolverEvents.Start(SyntheticCluster.Create(shape));
        foreach ((string name, Func<ResolverEvents, ClusterChanges> next) in Kinds())
        {
            double[] wall = new double[Events];
            double[] cpu = new double[Events];
            int changed = 0;
            PolicySnapshot before = events.Apply(next(events));
            for (int i = 0; i < Events; i++)
            {
                ClusterChanges changes = next(events);
                TimeSpan cpuStart = Environment.CpuUsage.TotalTime;
                long start = Stopwatch.GetTimestamp();
                PolicySnapshot after = events.Apply(changes);
                wall[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
                cpu[i] = (Environment.CpuUsage.TotalTime - cpuStart).TotalMicroseconds;
                changed += ReferenceEquals(before, after) ? 0 : 1;
                before = after;
            }

            Console.WriteLine(FormattableString.Invariant(
                $"{name,-37} | {shape.Pods,7} | {Tail(wall)} | {Tail(cpu)} | {100.0 * changed / Events,6:F1} %"));
        }
    }

    private static string Tail(double[] micros)
    {
        Array.Sort(micros);
        return FormattableString.Invariant(
            $"{micros[micros.Length / 2],7:F1} {micros[micros.Length * 99 / 100],7:F1} {micros[^1],9:F0}");
    }

    private static string Load() => OperatingSystem.IsLinux()
        ? File.ReadAllText("/proc/loadavg").Split(' ')[0]
        : "unknown";
}
