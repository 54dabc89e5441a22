using System.Diagnostics;
using System.Globalization;
using NetPolNic.Offload.Capabilities;
using NetPolNic.Offload.Planning;
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
