using System.Diagnostics;
using System.Globalization;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning;
using NetPolNic.Offload.Planning.Budget;
using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Benches.Planner;

/// <summary>
/// <c>plan-times</c>: how long the planner takes for 110 pods, 1 000 policies and 20 000 distinct peers from nothing, and for
/// one event after that.
/// </summary>
internal static class PlanTimesCommand
{
    public const string Name = "plan-times";

    private const int WarmUps = 5;
    private const int Plans = 15;
    private const int WarmUpEvents = 100;
    private const int Events = 300;

    public static int Run()
    {
        Console.WriteLine($"{Environment.ProcessorCount} cores, .NET {Environment.Version}");
        Console.WriteLine("milliseconds                                    |  rules | median     p99     max");
        foreach (string profile in (string[])["mlx5", "mlx5-hws"])
        {
            NicCapabilities nic = NicProfiles.Load(profile);
            foreach (int selected in (int[])[1, 11])
            {
                PlannerNode node = new(selected);
                string shape = $"{profile}, {selected} pods a policy";
                int rules = 0;
                Show($"{shape}: full plan", Plans, WarmUps, () => node.Snapshot, snapshot =>
                    rules = new IncrementalPlanner(nic, PlanOptions.Default).Update(snapshot).RuleCount, () => rules);
                MeasureEvents(nic, shape, "a peer more or less", new PlannerNode(selected), n => n.TogglePeer());
                MeasureEvents(nic, shape, "a pod comes or goes", new PlannerNode(selected), n => n.TogglePod());
                MeasureEvents(nic, shape, "another port", new PlannerNode(selected), n => n.NextPort());
                MeasureChoices(nic, shape, node.Snapshot, rules / 20);
            }
        }

        return 0;
    }

    private static void MeasureEvents(
        NicCapabilities nic, string shape, string kind, PlannerNode node, Func<PlannerNode, PolicySnapshot> next)
    {
        IncrementalPlanner planner = new(nic, PlanOptions.Default);
        int rules = planner.Update(node.Snapshot).RuleCount;
        Show($"{shape}: {kind}", Events, WarmUpEvents, () => next(node), snapshot => planner.Update(snapshot), () => rules);
    }

    // A table of 5 %: each look at the traffic finds another hot set, of 3 500 senders.
    private static void MeasureChoices(NicCapabilities nic, string shape, PolicySnapshot snapshot, int size)
    {
        const int Senders = 3500;
        IncrementalPlanner planner = new(
            nic with { TableSize = new CapabilityFact<int>(size, "a benchmark") }, PlanOptions.Default);
        PlanUpdate update = planner.Update(snapshot);
        Random random = new(5);
        TrafficSample sample = TrafficSample.None(TimeSpan.FromSeconds(2));
        PolicySnapshot Next()
        {
            (IpAddr Own, long Packets)[] denied =
            [
                .. Enumerable.Range(1, Senders).Select(rank => (
                    snapshot.Endpoints[random.Next(snapshot.Endpoints.Length)].Addresses[0],
                    (long)(1_000_000 / Math.Pow(rank, 1.2)) + 1)),
            ];
            sample = sample with
            {
                Hits = update.Plan.Rules.Where(rule => rule.Verdict == RuleVerdict.Drop)
                    .ToDictionary(rule => rule.Key, _ => new RuleHit(random.Next(10_000))),
                Pairs =
                [
                    .. denied.Select(flow => new DeniedPair(
                        IpAddr.V4(0x14000000u + (uint)random.Next(1 << 16)), flow.Own, 6, DeniedKind.BareSyn, flow.Packets)),
                ],
                Totals =
                [
                    .. denied.GroupBy(flow => flow.Own).Select(alike => new DeniedTotal(
                        alike.Key, Direction.Ingress, alike.Sum(flow => flow.Packets))),
                ],
            };
            return snapshot;
        }

        Show($"{shape}: a choice, table of 5 %", Plans, WarmUps, Next, _ => update = planner.Rechoose(sample), () => size);
    }

    private static void Show(
        string name, int count, int warmUps, Func<PolicySnapshot> prepare, Action<PolicySnapshot> measured, Func<int> rules)
    {
        List<double> times = [];
        for (int i = 0; i < warmUps + count; i++)
        {
            PolicySnapshot snapshot = prepare();
            long start = Stopwatch.GetTimestamp();
            measured(snapshot);
            if (i >= warmUps)
            {
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
        }

        times.Sort();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-47} | {rules(),6} | {times[count / 2],6:F2}  {times[(count * 99) / 100],6:F2}  {times[^1],6:F2}"));
    }
}
